-- Texts that people write (why they contest a figure, why it was decided so). An event names a text
-- by an id and a salted commitment; the words stand here, sealed with the key of the person who
-- wrote them, the salt sealed with them: after an erasure nothing is left to guess them by.
create table people.notes (
  note_id    uuid        primary key,
  author_id  uuid        not null,
  sealed     bytea       not null check (octet_length(sealed) between 40 and 65536),
  written_at timestamptz not null default now()
);
create index notes_author on people.notes (author_id);

grant select, insert, update, delete on people.notes to ek_app;
