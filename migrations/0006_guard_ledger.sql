-- What is written stays written. The triggers stop mistakes, the owner's included; a deliberate
-- bypass (a trigger disabled, a superuser) is found by `books verify` against a head kept outside.
create function ledger.refuse_change() returns trigger
language plpgsql set search_path = ledger, pg_temp as $$
begin
  raise exception 'ledger.% is append-only: % is refused', tg_table_name, lower(tg_op)
    using errcode = 'LG403', hint = 'A wrong fact is followed by a correction that names it.';
end $$;

-- The one update there is: the erasure of exactly the content of an event, by the role that owns
-- ledger_erase.
create function ledger.refuse_change_but_erasure() returns trigger
language plpgsql set search_path = ledger, pg_temp as $$
declare
  v_kept events := new;
begin
  v_kept.salt := old.salt;
  v_kept.payload := old.payload;
  v_kept.metadata := old.metadata;
  if current_user = 'ek_erase'
     and new.salt is null
     and new.payload::text = '{"erased":true}' and new.metadata::text = '{"erased":"true"}'
     and v_kept::text = old::text then
    return new;
  end if;
  raise exception 'ledger.events is append-only: update is refused'
    using errcode = 'LG403', hint = 'A wrong fact is followed by a correction that names it.';
end $$;

create trigger events_no_update before update on ledger.events
  for each row execute function ledger.refuse_change_but_erasure();
create trigger events_no_delete before delete on ledger.events
  for each statement execute function ledger.refuse_change();
create trigger events_no_truncate before truncate on ledger.events
  for each statement execute function ledger.refuse_change();
create trigger commits_no_change before update or delete on ledger.commits
  for each statement execute function ledger.refuse_change();
create trigger commits_no_truncate before truncate on ledger.commits
  for each statement execute function ledger.refuse_change();
create trigger erasures_no_change before update or delete on ledger.erasures
  for each statement execute function ledger.refuse_change();
create trigger erasures_no_truncate before truncate on ledger.erasures
  for each statement execute function ledger.refuse_change();
create trigger books_no_delete before delete on ledger.books
  for each statement execute function ledger.refuse_change();
create trigger books_no_truncate before truncate on ledger.books
  for each statement execute function ledger.refuse_change();

-- Also for a session that claims to be a replica.
alter table ledger.events enable always trigger events_no_update;
alter table ledger.events enable always trigger events_no_delete;
alter table ledger.events enable always trigger events_no_truncate;
alter table ledger.commits enable always trigger commits_no_change;
alter table ledger.commits enable always trigger commits_no_truncate;
alter table ledger.erasures enable always trigger erasures_no_change;
alter table ledger.erasures enable always trigger erasures_no_truncate;
alter table ledger.books enable always trigger books_no_delete;
alter table ledger.books enable always trigger books_no_truncate;

-- Writing belongs to the two roles that own the functions.
grant usage on schema ledger to ek_append, ek_erase, ek_app;
grant select, insert, update on ledger.books, ledger.aggregate_states to ek_append;
grant select, insert on ledger.events, ledger.commits to ek_append;
grant select on ledger.events, ledger.aggregate_states to ek_erase;
grant update (salt, payload, metadata) on ledger.events to ek_erase;
grant delete on ledger.aggregate_states to ek_erase;
grant select, insert on ledger.erasures to ek_erase;

-- The application reads and calls.
grant select on ledger.books, ledger.events, ledger.commits, ledger.aggregate_states,
  ledger.erasures to ek_app;

-- Nobody but them, not even the owner, writes past the functions by mistake.
revoke insert, update, delete, truncate on ledger.books, ledger.events, ledger.commits,
  ledger.erasures from current_user;

-- Functions are executable by everybody unless said otherwise.
revoke execute on all functions in schema ledger from public;
grant execute on function ledger.ledger_open_book, ledger.ledger_append, ledger.ledger_receipt,
  ledger.ledger_resolve, ledger.ledger_outcome to ek_app;

-- Handing the functions over asks for membership in their new owner, which an owner that is not a
-- superuser gives itself for this one transaction and takes back.
do $$
declare
  is_superuser constant boolean :=
    (select rolsuper from pg_catalog.pg_roles where rolname = current_user);
  f text;
begin
  if not is_superuser then
    execute format('grant ek_append, ek_erase to %I', current_user);
  end if;
  grant create on schema ledger to ek_append, ek_erase;
  foreach f in array array['ledger_open_book', 'ledger_seal_book', 'ledger_append', 'ledger_receipt',
                           'ledger_resolve', 'ledger_outcome'] loop
    execute format('alter function ledger.%I owner to ek_append', f);
  end loop;
  alter function ledger.ledger_erase owner to ek_erase;
  revoke create on schema ledger from ek_append, ek_erase;
  -- Sealing and erasing are the operator's: executable by the owner of the schema only.
  execute format('grant execute on function ledger.ledger_seal_book(uuid), '
                 'ledger.ledger_erase(uuid, bigint, bigint) to %I', current_user);
  if not is_superuser then
    execute format('revoke ek_append, ek_erase from %I', current_user);
  end if;
end $$;
