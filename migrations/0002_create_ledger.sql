-- Everything of the write model lives in one schema, so that rights are given in one place and a
-- search_path of one name finds it.
create schema ledger;
revoke all on schema ledger from public;

-- A name that becomes a line of an entry (docs/formats/entry.md): an empty one or one with a
-- control character would let two different entries have the same bytes.
create domain ledger.name as text
  check (octet_length(value) between 1 and 128 and value collate "C" !~ '[\x01-\x1f\x7f]');

-- The head of each book. An append locks its row, so positions are dense and in commit order, and
-- writers of different books never wait for each other. Half-empty pages keep the updates HOT.
create table ledger.books (
  book_id     uuid        primary key,
  kind        text        not null check (kind in ('building', 'organisation')),
  position    bigint      not null default 0 check (position >= 0),
  -- Not before the last event's time; lifted further when an instant is resolved.
  recorded_at timestamptz not null,
  sealed      boolean     not null default false
) with (fillfactor = 50);

-- The events: the seven columns of postgres-es first, under its names, then what a ledger needs.
create table ledger.events (
  aggregate_type      ledger.name not null,
  aggregate_id        ledger.name not null,
  -- postgres-es binds a four-byte integer.
  sequence            bigint      not null check (sequence between 1 and 2147483647),
  event_type          ledger.name not null,
  event_version       ledger.name not null,
  -- json, not jsonb: the text is kept byte for byte, and the commitment is over these bytes.
  payload             json        not null,
  metadata            json        not null,
  book_id             uuid        not null,
  position            bigint      not null check (position >= 1),
  recorded_at         timestamptz not null,
  effective_at        timestamptz not null
                      check (effective_at between '1900-01-01T00:00:00Z' and '2200-01-01T00:00:00Z'),
  commit_id           uuid        not null,
  -- Names the fact itself (type/id/key), so that the same fact cannot be taken in twice.
  natural_key         text        check (octet_length(natural_key) between 1 and 512),
  -- Null only after an erasure: without it the commitments say nothing about the content.
  salt                bytea       check (octet_length(salt) = 16),
  payload_commitment  bytea       not null check (octet_length(payload_commitment) = 32),
  metadata_commitment bytea       not null check (octet_length(metadata_commitment) = 32),
  leaf_hash           bytea       not null check (octet_length(leaf_hash) = 32),
  -- Every key begins with book_id: that is what lets the table be distributed by it.
  constraint events_pkey primary key (book_id, aggregate_type, aggregate_id, sequence),
  constraint events_position unique (book_id, position)
);

-- A known natural key is reported under its own name, apart from a conflict over a stream.
create unique index events_natural_key on ledger.events (book_id, natural_key)
  where natural_key is not null;

-- Plain postgres-es asks without the book.
create index events_stream on ledger.events (aggregate_type, aggregate_id, sequence);

-- One row per append: what makes a repeated request find its first answer, and what a client whose
-- connection broke reads instead of guessing.
create table ledger.commits (
  book_id         uuid        not null,
  commit_id       uuid        not null,
  actor           text        not null check (octet_length(actor) between 1 and 256),
  idempotency_key text        check (octet_length(idempotency_key) between 1 and 256),
  request_hash    bytea       check (octet_length(request_hash) = 32),
  first_position  bigint      not null check (first_position >= 1),
  -- An append that stored no event ends before it begins.
  last_position   bigint      not null check (last_position >= first_position - 1),
  recorded_at     timestamptz not null,
  -- The client lost its connection, found nothing stored and gave this id up for good.
  abandoned       boolean     not null default false,
  constraint commits_pkey primary key (book_id, commit_id),
  constraint commits_key_has_hash check ((idempotency_key is null) = (request_hash is null))
);

create unique index commits_idempotency_key on ledger.commits (book_id, actor, idempotency_key)
  where idempotency_key is not null;

-- A cache of folded aggregates, one row each, never truth: a row of another version is ignored.
create table ledger.aggregate_states (
  book_id        uuid    not null,
  aggregate_type text    not null,
  aggregate_id   text    not null,
  sequence       bigint  not null check (sequence >= 1),
  state_version  integer not null check (state_version >= 0),
  state          json    not null,
  constraint aggregate_states_pkey primary key (book_id, aggregate_type, aggregate_id)
);

-- Which event's content was destroyed, and the event that ordered it.
create table ledger.erasures (
  book_id      uuid        not null,
  position     bigint      not null,
  act_position bigint      not null check (act_position > position),
  erased_at    timestamptz not null,
  constraint erasures_pkey primary key (book_id, position)
);
