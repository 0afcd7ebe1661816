-- Opens a book; opening it again with the same kind changes nothing and answers false.
create function ledger.ledger_open_book(p_book uuid, p_kind text) returns boolean
language plpgsql security definer set search_path = ledger, pg_temp as $$
declare
  v_kind text;
begin
  insert into books (book_id, kind, recorded_at) values (p_book, p_kind, clock_timestamp())
  on conflict do nothing;
  if found then
    return true;
  end if;
  select b.kind into v_kind from books b where b.book_id = p_book;
  if v_kind <> p_kind then
    raise exception 'book % is of kind %, not %', p_book, v_kind, p_kind using errcode = 'LG422';
  end if;
  return false;
end $$;

-- A sealed book takes no further event (it was handed over); it stays readable for ever.
create function ledger.ledger_seal_book(p_book uuid) returns void
language plpgsql security definer set search_path = ledger, pg_temp as $$
begin
  update books b set sealed = true where b.book_id = p_book;
  if not found then
    raise exception 'no book %', p_book using errcode = 'LG404';
  end if;
end $$;

-- The receipt of an earlier append, found by its idempotency key or its commit id; empty when there
-- is none. LG409: the key was used with another request. LG410: the commit id was given up.
create function ledger.ledger_receipt(
  p_book uuid, p_commit uuid, p_actor text, p_key text, p_request bytea,
  out first_position bigint, out last_position bigint, out recorded_at timestamptz
) language plpgsql stable security definer set search_path = ledger, pg_temp as $$
#variable_conflict use_column
declare
  v commits;
begin
  select * into v from commits c
   where c.book_id = p_book and c.actor = p_actor and c.idempotency_key = p_key;
  if found and v.request_hash is distinct from p_request then
    raise exception 'idempotency key % of % was used with another request', p_key, p_actor
      using errcode = 'LG409';
  end if;
  if not found and p_commit is not null then
    select * into v from commits c where c.book_id = p_book and c.commit_id = p_commit;
    if found and v.abandoned then
      raise exception 'commit % was given up by its client', p_commit using errcode = 'LG410';
    end if;
  end if;
  first_position := v.first_position;
  last_position := v.last_position;
  recorded_at := v.recorded_at;
end $$;

-- Appends the events of one unit of work to one book: all of them or none, in one call.
--
-- Arrays of one group have one element per event (p_*), per stream read but not written (r_*) and
-- per aggregate state to keep (s_*). Errors: LG404 no such book, LG409 key used with another
-- request, LG410 commit id given up, LG412 something read has moved, LG416 a stream would have a
-- gap in this book, LG422 malformed arguments, LG423 book sealed; 23505 on events_pkey (somebody
-- else continued a stream) or events_natural_key (the fact is known). A refusal leaves no trace.
create function ledger.ledger_append(
  p_book uuid, p_commit uuid, p_actor text, p_key text, p_request bytea,
  p_types text[], p_ids text[], p_sequences bigint[], p_event_types text[], p_event_versions text[],
  p_payloads text[], p_metadata text[], p_effective timestamptz[], p_natural_keys text[],
  p_salts bytea[],
  r_types text[], r_ids text[], r_sequences bigint[],
  s_types text[], s_ids text[], s_sequences bigint[], s_versions integer[], s_states text[],
  out first_position bigint, out last_position bigint, out recorded_at timestamptz,
  out replayed boolean
) language plpgsql security definer set search_path = ledger, pg_temp as $$
#variable_conflict use_column
declare
  n       constant integer := cardinality(p_types);
  v_head  bigint;
  v_at    timestamptz;
  v_seal  boolean;
  v_at_text text;
  v_entry text;
  v_moved text;
  -- The label prefixes of docs/formats/entry.md: domain 00 label 00.
  salt_payload    constant bytea := '\x656e6572676f6b6162696e65742f73616c742f7631007061796c6f616400';
  salt_metadata   constant bytea := '\x656e6572676f6b6162696e65742f73616c742f7631006d6574616461746100';
  commit_payload  constant bytea := '\x656e6572676f6b6162696e65742f636f6d6d69742f7631007061796c6f616400';
  commit_metadata constant bytea := '\x656e6572676f6b6162696e65742f636f6d6d69742f7631006d6574616461746100';
begin
  -- The head's lock comes first and orders everything after it. The time is the clock's, but always
  -- later than the head's, so neither a clock set back nor an instant resolved meanwhile can see a
  -- later event at an earlier time.
  update books b
     set position = b.position + n,
         recorded_at = greatest(clock_timestamp(), b.recorded_at + interval '1 microsecond')
   where b.book_id = p_book
  returning b.position - n, b.recorded_at, b.sealed into v_head, v_at, v_seal;
  if not found then
    raise exception 'no book %', p_book using errcode = 'LG404';
  end if;

  first_position := v_head + 1;
  last_position := v_head + n;
  recorded_at := v_at;
  replayed := false;

  -- The row that a repeated request runs into.
  insert into commits values
    (p_book, p_commit, p_actor, p_key, p_request, v_head + 1, v_head + n, v_at, false)
  on conflict do nothing;
  if not found then
    -- Give the positions back; the head's time may stay ahead, it only has to grow.
    update books b set position = v_head where b.book_id = p_book;
    select r.first_position, r.last_position, r.recorded_at
      into first_position, last_position, recorded_at
      from ledger_receipt(p_book, p_commit, p_actor, p_key, p_request) r;
    replayed := true;
    return;
  end if;
  if v_seal then
    raise exception 'book % is sealed', p_book using errcode = 'LG423';
  end if;

  -- What the commands were judged by must still be what the book says.
  if cardinality(r_types) > 0 then
    select string_agg(r.t || '/' || r.i || '/' || r.s, ', ') into v_moved
      from unnest(r_types, r_ids, r_sequences) r(t, i, s)
     where exists (select from events e where e.book_id = p_book and e.aggregate_type = r.t
                      and e.aggregate_id = r.i and e.sequence > r.s);
    if v_moved is not null then
      raise exception 'read, but moved since: %', v_moved using errcode = 'LG412';
    end if;
  end if;

  if n > 0 then
    v_at_text := to_char(v_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
    v_entry := E'energokabinet/entry/v1\n' || p_book || E'\n';
    insert into events
    select x.t, x.i, x.s, x.et, x.ev, x.p::json, x.m::json, p_book, v_head + x.o, v_at,
           coalesce(x.e, v_at), p_commit, x.k, x.seed, x.pc, x.mc,
           sha256('\x00'::bytea || convert_to(
             v_entry || (v_head + x.o) || E'\n' || v_at_text || E'\n'
             || coalesce(to_char(x.e at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), v_at_text)
             || E'\n' || x.t || E'\n' || x.i || E'\n' || x.s || E'\n' || x.et || E'\n' || x.ev
             || E'\n' || encode(x.pc, 'hex') || E'\n' || encode(x.mc, 'hex') || E'\n', 'UTF8'))
      from (select u.*,
                   sha256(commit_payload || substr(sha256(salt_payload || u.seed), 1, 16)
                          || convert_to(u.p, 'UTF8')) as pc,
                   sha256(commit_metadata || substr(sha256(salt_metadata || u.seed), 1, 16)
                          || convert_to(u.m, 'UTF8')) as mc
              from unnest(p_types, p_ids, p_sequences, p_event_types, p_event_versions, p_payloads,
                          p_metadata, p_effective, p_natural_keys, p_salts)
                   with ordinality u(t, i, s, et, ev, p, m, e, k, seed, o)
            offset 0) x;

    -- A stream continues only where it stands in this book: no gaps, no stream of another book.
    select string_agg(u.t || '/' || u.i || '/' || u.s, ', ') into v_moved
      from unnest(p_types, p_ids, p_sequences) u(t, i, s)
     where u.s > 1
       and not exists (select from events e where e.book_id = p_book and e.aggregate_type = u.t
                          and e.aggregate_id = u.i and e.sequence = u.s - 1);
    if v_moved is not null then
      raise exception 'the event before is not in book %: %', p_book, v_moved using errcode = 'LG416';
    end if;
  end if;

  if cardinality(s_types) > 0 then
    insert into aggregate_states as a
    select p_book, s.t, s.i, s.s, s.v, s.j::json
      from unnest(s_types, s_ids, s_sequences, s_versions, s_states) s(t, i, s, v, j)
    on conflict (book_id, aggregate_type, aggregate_id) do update
       set sequence = excluded.sequence, state_version = excluded.state_version,
           state = excluded.state
     where excluded.sequence > a.sequence;
  end if;
end $$;
