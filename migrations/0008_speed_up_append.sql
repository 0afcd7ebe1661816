-- The same append at a fraction of the price; docs/performance.md says what was measured. What was
-- costly: planning its statements anew at every call, because arrays of unknown length make the
-- planner think that a plan of its own pays off; looking for the event before in the table for every
-- event of a batch; setting up ten array readers to write one event.

-- The function is handed over as in 0006: its owner may not be the one who migrates.
do $$
begin
  if not (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
    execute format('grant ek_append to %I', current_user);
  end if;
end $$;

-- The two formulas of docs/formats/entry.md. Stable like convert_to, or they would not be inlined.
-- p_salt and p_label are the label prefixes.
create function ledger.ledger_commitment(p_salt bytea, p_label bytea, p_seed bytea, p_body text)
returns bytea language sql stable as $$
  select sha256(p_label || substr(sha256(p_salt || p_seed), 1, 16) || convert_to(p_body, 'UTF8'))
$$;

-- p_start are the lines before the position. With ||, never concat_ws: a null must not be skipped.
create function ledger.ledger_leaf(
  p_start text, p_position bigint, p_at text, p_effective text, p_type text, p_id text,
  p_sequence bigint, p_event_type text, p_event_version text, p_payload bytea, p_metadata bytea
) returns bytea language sql stable as $$
  select sha256('\x00'::bytea || convert_to(
    p_start || p_position::text || E'\n' || p_at || E'\n' || p_effective || E'\n' || p_type || E'\n'
    || p_id || E'\n' || p_sequence::text || E'\n' || p_event_type || E'\n' || p_event_version
    || E'\n' || encode(p_payload, 'hex') || E'\n' || encode(p_metadata, 'hex') || E'\n', 'UTF8'))
$$;

create function ledger.ledger_time(p_at timestamptz) returns text language sql stable as $$
  select to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

revoke execute on function ledger.ledger_commitment, ledger.ledger_leaf, ledger.ledger_time
  from public;
grant execute on function ledger.ledger_commitment, ledger.ledger_leaf, ledger.ledger_time
  to ek_append;

-- Appends the events of one unit of work to one book: all of them or none, in one call.
--
-- Arrays of one group have one element per event (p_*), per stream read but not written (r_*) and
-- per aggregate state to keep (s_*). Errors: LG404 no such book, LG409 key used with another
-- request, LG410 commit id given up, LG412 something read has moved, LG416 a stream would have a
-- gap in this book, LG422 malformed arguments, LG423 book sealed; 23505 on events_pkey (somebody
-- else continued a stream) or events_natural_key (the fact is known). A refusal leaves no trace.
--
-- Every look-up here is by a key, so one plan serves all calls. It must not be one that was made
-- while a table was small and reads all of it, or all of a book, once it has grown: hence no reading
-- of whole tables, and streams looked up in their order, which only the indexes of streams give.
create or replace function ledger.ledger_append(
  p_book uuid, p_commit uuid, p_actor text, p_key text, p_request bytea,
  p_types text[], p_ids text[], p_sequences bigint[], p_event_types text[], p_event_versions text[],
  p_payloads text[], p_metadata text[], p_effective timestamptz[], p_natural_keys text[],
  p_salts bytea[],
  r_types text[], r_ids text[], r_sequences bigint[],
  s_types text[], s_ids text[], s_sequences bigint[], s_versions integer[], s_states text[],
  out first_position bigint, out last_position bigint, out recorded_at timestamptz,
  out replayed boolean
) language plpgsql security definer set search_path = ledger, pg_temp
  set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
#variable_conflict use_column
declare
  n       constant integer := cardinality(p_types);
  v_head  bigint;
  v_at    timestamptz;
  v_seal  boolean;
  v_start constant text := E'energokabinet/entry/v1\n' || p_book || E'\n';
  v_at_text text;
  v_payload_commitment  bytea;
  v_metadata_commitment bytea;
  v_refused text;
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
    select string_agg(r.t || '/' || r.i || '/' || r.s, ', ') into v_refused
      from unnest(r_types, r_ids, r_sequences) r(t, i, s)
     where exists (select from events e where e.book_id = p_book and e.aggregate_type = r.t
                      and e.aggregate_id = r.i and e.sequence > r.s
                    order by e.sequence offset 0);
    if v_refused is not null then
      raise exception 'read, but moved since: %', v_refused using errcode = 'LG412';
    end if;
  end if;

  v_at_text := ledger_time(v_at);
  if n = 1 then
    v_payload_commitment :=
      ledger_commitment(salt_payload, commit_payload, p_salts[1], p_payloads[1]);
    v_metadata_commitment :=
      ledger_commitment(salt_metadata, commit_metadata, p_salts[1], p_metadata[1]);
    insert into events values (
      p_types[1], p_ids[1], p_sequences[1], p_event_types[1], p_event_versions[1],
      p_payloads[1]::json, p_metadata[1]::json, p_book, v_head + 1, v_at,
      coalesce(p_effective[1], v_at), p_commit, p_natural_keys[1], p_salts[1],
      v_payload_commitment, v_metadata_commitment,
      ledger_leaf(v_start, v_head + 1, v_at_text, coalesce(ledger_time(p_effective[1]), v_at_text),
                  p_types[1], p_ids[1], p_sequences[1], p_event_types[1], p_event_versions[1],
                  v_payload_commitment, v_metadata_commitment));
    -- A stream continues only where it stands in this book: no gaps, no stream of another book.
    if p_sequences[1] - 1 <> coalesce(
         (select e.sequence from events e
           where e.book_id = p_book and e.aggregate_type = p_types[1]
             and e.aggregate_id = p_ids[1] and e.sequence < p_sequences[1]
           order by e.sequence desc limit 1), 0) then
      v_refused := p_types[1] || '/' || p_ids[1] || '/' || p_sequences[1];
    end if;
  elsif n > 1 then
    insert into events
    select x.t, x.i, x.s, x.et, x.ev, x.p::json, x.m::json, p_book, v_head + x.o, v_at,
           coalesce(x.e, v_at), p_commit, x.k, x.seed, x.pc, x.mc,
           ledger_leaf(v_start, v_head + x.o, v_at_text, coalesce(ledger_time(x.e), v_at_text),
                       x.t, x.i, x.s, x.et, x.ev, x.pc, x.mc)
      from (select u.*, ledger_commitment(salt_payload, commit_payload, u.seed, u.p) as pc,
                   ledger_commitment(salt_metadata, commit_metadata, u.seed, u.m) as mc
              from unnest(p_types, p_ids, p_sequences, p_event_types, p_event_versions, p_payloads,
                          p_metadata, p_effective, p_natural_keys, p_salts)
                   with ordinality u(t, i, s, et, ev, p, m, e, k, seed, o)
            offset 0) x;
    -- The same: what is added to one stream has no gap itself and begins after the last event.
    select string_agg(u.t || '/' || u.i || '/' || u.s, ', ') into v_refused
      from (select t, i, min(s) as s, max(s) - min(s) >= count(*) as has_gap
              from unnest(p_types, p_ids, p_sequences) u(t, i, s) group by t, i) u
     where u.has_gap or u.s - 1 <> coalesce(
             (select e.sequence from events e
               where e.book_id = p_book and e.aggregate_type = u.t and e.aggregate_id = u.i
                 and e.sequence < u.s order by e.sequence desc limit 1), 0);
  end if;
  if v_refused is not null then
    raise exception 'the event before is not in book %: %', p_book, v_refused using errcode = 'LG416';
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

do $$
begin
  if not (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
    execute format('revoke ek_append from %I', current_user);
  end if;
end $$;
