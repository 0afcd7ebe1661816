-- Who is signed in. The token itself is only in the browser; here is its hash, so that whoever reads
-- the table cannot sign in with it. A deleted row ends the session at the next request.
create table people.sessions (
  token_hash   bytea       primary key check (octet_length(token_hash) = 32),
  person_id    uuid        not null,
  site         text        not null check (site in ('staff', 'residents')),
  created_at   timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  expires_at   timestamptz not null
);
create index sessions_person on people.sessions (person_id);

-- Attempts to sign in that failed, by the keyed hash of what was typed and by that of the address
-- they came from. Rows older than the window are deleted on the way.
create table people.attempts (
  subject bytea       not null check (octet_length(subject) = 32),
  at      timestamptz not null default clock_timestamp()
);
create index attempts_subject on people.attempts (subject, at);

grant select, insert, update, delete on people.sessions, people.attempts to ek_app;
