-- What lists show of a house: present state only, told by the folds of the program from the events
-- and from nothing else. Everything here may be thrown away and built again, so the application may
-- write it freely, and nothing of the ledger refers to it.
create schema read_models;
revoke all on schema read_models from public;

-- How far a version of a book's read models has come. All of them stand at one position: the events
-- of a batch reach every table and this row in one transaction, so none is taken in twice or lost.
-- A version is built beside the one that is read, from position 0.
create table read_models.checkpoints (
  book_id         uuid        not null,
  version         bigint      not null check (version >= 1),
  -- Which folds wrote it: a program continues only what folds like its own began.
  form            integer     not null check (form >= 1),
  position        bigint      not null default 0 check (position >= 0),
  -- How many contents of the book had been destroyed when it began: more since, and it has to be
  -- built again, or it would keep what was to be forgotten.
  erasures        bigint      not null check (erasures >= 0),
  -- The event that cannot be taken in; nothing after it is.
  parked_position bigint      check (parked_position >= 1),
  parked_reason   text,
  parked_at       timestamptz,
  -- Left behind by the version that is read; its rows are on their way out.
  retired         boolean     not null default false,
  updated_at      timestamptz not null default now(),
  constraint checkpoints_pkey primary key (book_id, version),
  constraint checkpoints_parked check ((parked_position is null) = (parked_reason is null)
                                       and (parked_position is null) = (parked_at is null))
) with (fillfactor = 50);

-- The version that readers see: switching to another is a change of this row.
create table read_models.current (
  book_id uuid   primary key,
  version bigint not null
);

-- A stream of which an event cannot be taken in, where only its own rows suffer: they stay as they
-- were before that event.
create table read_models.parked_streams (
  book_id        uuid        not null,
  version        bigint      not null,
  aggregate_type text        not null,
  aggregate_id   uuid        not null,
  position       bigint      not null check (position >= 1),
  reason         text        not null,
  parked_at      timestamptz not null default now(),
  constraint parked_streams_pkey primary key (book_id, version, aggregate_type, aggregate_id)
);

-- In every table the last column is what a reader is given, in the form of the program's JSON; the
-- others are what is searched, ordered and added up by.

create table read_models.meters (
  book_id        uuid   not null,
  version        bigint not null,
  meter_id       uuid   not null,
  serial         text   not null,
  resource       text   not null,
  state          text   not null,
  premises_id    uuid,
  verified_until date,
  card           jsonb  not null,
  constraint meters_pkey primary key (book_id, version, meter_id)
);

create table read_models.consumption (
  book_id  uuid    not null,
  version  bigint  not null,
  point_id uuid    not null,
  -- ГГГГ-ММ: sorted like the months themselves.
  period   text    not null check (period ~ '^[0-9]{4}-[0-9]{2}$'),
  resource text    not null,
  -- Null where it is unknown: never zero.
  volume   numeric,
  unit     text,
  figure   jsonb   not null,
  constraint consumption_pkey primary key (book_id, version, point_id, period)
);

-- The list of a month.
create index consumption_period on read_models.consumption (book_id, version, period, point_id);

create table read_models.balances (
  book_id    uuid    not null,
  version    bigint  not null,
  resource   text    not null,
  period     text    not null check (period ~ '^[0-9]{4}-[0-9]{2}$'),
  scope      text    not null,
  -- Of a balance of which every point is known.
  difference numeric,
  unit       text,
  figure     jsonb   not null,
  constraint balances_pkey primary key (book_id, version, resource, period, scope)
);

create table read_models.periods (
  book_id uuid   not null,
  version bigint not null,
  period  text   not null check (period ~ '^[0-9]{4}-[0-9]{2}$'),
  state   text   not null,
  card    jsonb  not null,
  constraint periods_pkey primary key (book_id, version, period)
);

create table read_models.accounts (
  book_id     uuid   not null,
  version     bigint not null,
  account_id  uuid   not null,
  number      text   not null,
  premises_id uuid   not null,
  closed_from date,
  card        jsonb  not null,
  constraint accounts_pkey primary key (book_id, version, account_id)
);

-- A bill is issued once, at a position of its own.
create table read_models.bills (
  book_id    uuid    not null,
  version    bigint  not null,
  position   bigint  not null check (position >= 1),
  account_id uuid    not null,
  period     text    not null check (period ~ '^[0-9]{4}-[0-9]{2}$'),
  kind       text    not null,
  total      numeric not null,
  bill       jsonb   not null,
  constraint bills_pkey primary key (book_id, version, position)
);

create index bills_account on read_models.bills (book_id, version, account_id, period);
create index bills_period on read_models.bills (book_id, version, period, position);

grant usage on schema read_models to ek_app;
grant select, insert, update, delete on all tables in schema read_models to ek_app;
