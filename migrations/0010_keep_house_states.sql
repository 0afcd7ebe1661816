-- What a settlement has read of a house's book, kept as it was folded, so that a month is settled
-- without reading the years before again. As everything here it may be thrown away: who finds
-- nothing, or what another program kept, folds the book from its beginning.
create table read_models.house_states (
  book_id  uuid        not null,
  -- Which folds wrote it (hash of their sources): no other program reads it.
  folds    text        not null,
  -- The state has taken in everything up to here.
  position bigint      not null check (position >= 1),
  -- How many contents of the book had been destroyed: since more were, it holds what is to be
  -- forgotten.
  erasures bigint      not null check (erasures >= 0),
  state    bytea       not null,
  kept_at  timestamptz not null default now(),
  constraint house_states_pkey primary key (book_id)
);

-- Where the streams of a book end as of a position: what a closing rests on and commits to. The next
-- one reads only what came since.
create table read_models.stream_heads (
  book_id  uuid        not null,
  position bigint      not null check (position >= 1),
  heads    bytea       not null,
  kept_at  timestamptz not null default now(),
  constraint stream_heads_pkey primary key (book_id)
);

grant select, insert, update, delete on read_models.house_states, read_models.stream_heads to ek_app;
