-- Resolves an instant to a position, for good: the same instant answers the same position for ever.
--
-- It takes the head's lock, so an append still open is waited for, and lifts the head's time to the
-- instant, so that whatever is appended later is recorded later, even by a clock set back. An
-- instant in the future is refused (LG425): its answer could still change.
create function ledger.ledger_resolve(p_book uuid, p_at timestamptz) returns bigint
language plpgsql security definer set search_path = ledger, pg_temp as $$
declare
  v_position bigint;
  v_at       timestamptz;
begin
  select b.position, b.recorded_at into v_position, v_at
    from books b where b.book_id = p_book for update;
  if not found then
    raise exception 'no book %', p_book using errcode = 'LG404';
  end if;
  if p_at > clock_timestamp() and p_at > v_at then
    raise exception 'instant % is in the future', p_at using errcode = 'LG425';
  end if;
  if p_at < v_at then
    -- Time never goes back along a book, so the last position at or before the instant is found by
    -- halving: about twenty probes of (book_id, position) in a book of a million events.
    declare
      v_low  bigint := 0;
      v_high bigint := v_position;
      v_mid  bigint;
    begin
      while v_low < v_high loop
        v_mid := (v_low + v_high + 1) / 2;
        perform from events e
          where e.book_id = p_book and e.position = v_mid and e.recorded_at <= p_at;
        if found then
          v_low := v_mid;
        else
          v_high := v_mid - 1;
        end if;
      end loop;
      return v_low;
    end;
  end if;
  if p_at > v_at then
    update books b set recorded_at = p_at where b.book_id = p_book;
  end if;
  return v_position;
end $$;

-- The outcome of an append whose answer was lost, read under the head's lock. Empty: nothing was
-- stored, and nothing will be, because the commit id is given up here for good; an append with this
-- id that is still on its way is refused with LG410 when it arrives.
create function ledger.ledger_outcome(
  p_book uuid, p_commit uuid, p_actor text,
  out first_position bigint, out last_position bigint, out recorded_at timestamptz
) language plpgsql security definer set search_path = ledger, pg_temp as $$
#variable_conflict use_column
declare
  v      commits;
  v_head books;
begin
  select * into v_head from books b where b.book_id = p_book for update;
  if not found then
    raise exception 'no book %', p_book using errcode = 'LG404';
  end if;
  select * into v from commits c where c.book_id = p_book and c.commit_id = p_commit;
  if not found then
    insert into commits values (p_book, p_commit, p_actor, null, null,
                                v_head.position + 1, v_head.position, v_head.recorded_at, true);
  elsif not v.abandoned then
    first_position := v.first_position;
    last_position := v.last_position;
    recorded_at := v.recorded_at;
  end if;
end $$;
