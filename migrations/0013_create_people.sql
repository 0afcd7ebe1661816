-- People: what an event never holds. An event names a person by an id; name, telephone and e-mail
-- stand here, each value sealed with a key of that person alone. Erasing a person is deleting the
-- rows; every proof of the ledger stays as it was.
create schema people;
revoke all on schema people from public;

-- The key of each person, itself sealed with the key in the program's home. Kept apart from what it
-- opens: a backup without this table cannot bring back anybody who was erased.
create table people.keys (
  person_id  uuid        primary key,
  sealed_key bytea       not null check (octet_length(sealed_key) between 48 and 128),
  created_at timestamptz not null default now()
);

create table people.people (
  person_id  uuid        primary key,
  -- Sealed with the person's key; null where it is not known.
  name       bytea,
  phone      bytea,
  email      bytea,
  created_at timestamptz not null default now()
);

-- By what a person signs in: a keyed hash of the telephone or the e-mail, so that the table tells
-- neither and still finds one.
create table people.logins (
  login_hash bytea primary key check (octet_length(login_hash) = 32),
  person_id  uuid  not null
);
create index logins_person on people.logins (person_id);

create table people.passwords (
  person_id  uuid        primary key,
  -- A PHC string of argon2id.
  hash       text        not null check (hash like '$argon2id$%'),
  changed_at timestamptz not null default now()
);

-- Which rights a person or an organisation was given, and in which book: where to look only. What a
-- right allows, and whether it still does, is read from its stream in the ledger at every request; a
-- row without a stream gives nothing.
create table people.grants (
  grantee_id uuid not null,
  book_id    uuid not null,
  grant_id   uuid not null,
  constraint grants_pkey primary key (grantee_id, book_id, grant_id)
);

grant usage on schema people to ek_app;
grant select, insert, update, delete on all tables in schema people to ek_app;
