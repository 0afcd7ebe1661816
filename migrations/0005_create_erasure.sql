-- Destroys the content of one event, by an act recorded later in the same book. The entry, its
-- commitments and its leaf stay, so every proof given out before stays valid; without the salt they
-- tell nothing about the content. The natural key stays too, or an import would take the fact in
-- again. Erasing again changes nothing and answers false.
create function ledger.ledger_erase(p_book uuid, p_position bigint, p_act_position bigint)
returns boolean language plpgsql security definer set search_path = ledger, pg_temp as $$
declare
  v_type text;
  v_id   text;
begin
  if p_act_position <= p_position
     or not exists (select from events e where e.book_id = p_book and e.position = p_act_position) then
    raise exception 'position % of book % is no act recorded after position %',
      p_act_position, p_book, p_position using errcode = 'LG422';
  end if;
  select e.aggregate_type, e.aggregate_id into v_type, v_id
    from events e where e.book_id = p_book and e.position = p_position;
  if not found then
    raise exception 'book % has no position %', p_book, p_position using errcode = 'LG404';
  end if;
  insert into erasures values (p_book, p_position, p_act_position, clock_timestamp())
  on conflict do nothing;
  if not found then
    return false;
  end if;
  update events e
     set salt = null, payload = '{"erased":true}', metadata = '{"erased":"true"}'
   where e.book_id = p_book and e.position = p_position;
  -- The cached state may hold what the event said.
  delete from aggregate_states a
   where a.book_id = p_book and a.aggregate_type = v_type and a.aggregate_id = v_id;
  return true;
end $$;
