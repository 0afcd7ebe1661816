-- The checkpoint log: every signed statement about the state of a book, in the order in which they
-- were made. Nothing here is secret and nothing here is trusted: the signature is checked again
-- whenever a row is read.
create table ledger.checkpoints (
  -- Place in the log of this deployment, 1, 2, 3 …: unique over all books, because only
  -- ledger_keep_checkpoint writes here and it counts under a lock. The key names the book, so that
  -- the table can be partitioned by it.
  number   bigint      not null check (number >= 1),
  book_id  uuid        not null,
  -- How many events of the book it speaks for.
  position bigint      not null check (position >= 0),
  -- The roots of the perfect subtrees, largest first, so that the next one reads new leaves only.
  peaks    bytea       not null check (octet_length(peaks) % 32 = 0),
  -- The signed note (C2SP), byte for byte.
  note     text        not null check (octet_length(note) between 1 and 4096),
  made_at  timestamptz not null,
  constraint checkpoints_pkey primary key (book_id, position),
  constraint checkpoints_number unique (book_id, number)
);

-- Keeps a checkpoint and answers with the one that stands for this position: the first one made.
-- LG404: no such book. LG416: the book has no such position, or a later checkpoint stands.
create function ledger.ledger_keep_checkpoint(
  p_book uuid, p_position bigint, p_peaks bytea, p_note text
) returns text
language plpgsql security definer set search_path = ledger, pg_temp as $$
declare
  v_head bigint;
  v_note text;
begin
  select b.position into v_head from books b where b.book_id = p_book;
  if not found then
    raise exception 'no book %', p_book using errcode = 'LG404';
  end if;
  -- Numbers are dense and in the order of the log.
  perform pg_advisory_xact_lock(hashtextextended('ledger.checkpoints', 0));
  select c.note into v_note from checkpoints c
   where c.book_id = p_book and c.position = p_position;
  if found then
    return v_note;
  end if;
  if p_position > v_head or exists (select from checkpoints c where c.book_id = p_book
                                       and c.position > p_position) then
    raise exception 'no checkpoint of book % at position %', p_book, p_position
      using errcode = 'LG416';
  end if;
  insert into checkpoints
  select coalesce(max(c.number), 0) + 1, p_book, p_position, p_peaks, p_note, clock_timestamp()
    from checkpoints c;
  return p_note;
end $$;

create trigger checkpoints_no_change before update or delete on ledger.checkpoints
  for each statement execute function ledger.refuse_change();
create trigger checkpoints_no_truncate before truncate on ledger.checkpoints
  for each statement execute function ledger.refuse_change();
alter table ledger.checkpoints enable always trigger checkpoints_no_change;
alter table ledger.checkpoints enable always trigger checkpoints_no_truncate;

grant select, insert on ledger.checkpoints to ek_append;
grant select on ledger.checkpoints to ek_app;
revoke insert, update, delete, truncate on ledger.checkpoints from current_user;
revoke execute on function ledger.ledger_keep_checkpoint from public;
grant execute on function ledger.ledger_keep_checkpoint to ek_app;

-- The function is handed over as in 0006.
do $$
declare
  is_superuser constant boolean :=
    (select rolsuper from pg_catalog.pg_roles where rolname = current_user);
begin
  if not is_superuser then
    execute format('grant ek_append to %I', current_user);
  end if;
  grant create on schema ledger to ek_append;
  alter function ledger.ledger_keep_checkpoint owner to ek_append;
  revoke create on schema ledger from ek_append;
  if not is_superuser then
    execute format('revoke ek_append from %I', current_user);
  end if;
end $$;
