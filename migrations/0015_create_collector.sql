-- Lines, devices and what their polls gave. None of it is the ledger: it is how values come to it, and
-- every value that counts is appended there. What stands here can be rebuilt or forgotten, except the
-- samples that were read and not appended yet.
create schema collector;
revoke all on schema collector from public;

create table collector.lines (
  line_id     uuid    primary key,
  name        text    not null unique,
  -- tcp://host:port or rtu://host:port
  endpoint    text    not null,
  period_s    integer not null check (period_s between 10 and 2678400),
  -- Null: the program's own.
  response_ms integer check (response_ms > 0),
  late_ms     integer check (late_ms >= 0),
  retries     integer check (retries between 0 and 20),
  paused      boolean not null default false,
  -- Polls of the line one after another in which no device answered: its breaker.
  failures    integer not null default 0 check (failures >= 0),
  due_at      timestamptz not null default now(),
  -- The zone that clocks of its devices show.
  zone        text    not null,
  -- By which a collector speaks on the line, and until when the others leave it alone.
  lease       uuid,
  held_until  timestamptz,
  -- The latest lease: who had it knows whether an answer may still be on its way.
  last_lease  uuid,
  check ((lease is null) = (held_until is null))
);
create index lines_due on collector.lines (due_at) where not paused;

create table collector.devices (
  device_id uuid     primary key,
  line_id   uuid     not null references collector.lines,
  unit      smallint not null check (unit between 1 and 247),
  profile   text     not null,
  -- The number it is known by; null for models that tell none.
  serial    text,
  paused    boolean  not null default false,
  -- Polls one after another that gave nothing: its breaker.
  failures  integer  not null default 0 check (failures >= 0),
  due_at    timestamptz not null default now(),
  constraint devices_unit unique (line_id, unit)
);

-- Which value of a device is which register of a meter, from when until when. A device that is wired
-- anew gets new rows; the old ones tell what its past values meant.
create table collector.bindings (
  device_id uuid not null references collector.devices,
  quantity  text not null,
  channel   text not null default '',
  book_id   uuid not null,
  meter_id  uuid not null,
  register  text not null,
  from_at   timestamptz not null,
  until_at  timestamptz check (until_at > from_at),
  constraint bindings_pkey primary key (device_id, quantity, channel, from_at)
);

-- Every attempt to read a device: what came of it, how long it took, and why nothing came.
create table collector.polls (
  poll_id    bigint  generated always as identity primary key,
  device_id  uuid    not null references collector.devices,
  started_at timestamptz not null,
  took_ms    integer not null check (took_ms >= 0),
  -- None where the device was not asked because the line was down.
  attempts   integer not null check (attempts >= 0),
  -- 'ok', 'line_down' or the code of the fault that ended it.
  outcome    text    not null,
  cause      text,
  -- Values told, and those the device did not have or refused.
  told       integer not null default 0,
  missing    integer not null default 0,
  -- By how many seconds the device's clock was fast.
  drift_s    integer,
  -- Requests and answers in hexadecimal of a poll that failed: [[sent, received, ms], …] an attempt.
  frames     jsonb
);
create index polls_device on collector.polls (device_id, started_at desc);

-- Values read, one row a meter: they are kept before they are appended, so that a collector killed
-- between the two loses nothing; and appended under a key of their own, so that nothing doubles.
create table collector.samples (
  device_id   uuid not null references collector.devices,
  -- A value of the moment, or a record of the device's archive.
  kind        text not null check (kind in ('live', 'hour', 'day', 'month')),
  -- The moment of reading by our clock; of a record of an archive the end of its period.
  stamped_at  timestamptz not null,
  meter_id    uuid not null,
  book_id     uuid not null,
  read_at     timestamptz not null,
  channel     text not null,
  -- [{"register": …, "value": {"unit": …, "value": …}}, …]
  "values"    jsonb not null,
  appended_at timestamptz,
  -- What the ledger said: accepted, flagged, held, …; 'refused' with the reason.
  answer      text,
  reason      text,
  constraint samples_pkey primary key (device_id, kind, stamped_at, meter_id)
);
create index samples_waiting on collector.samples (device_id) where appended_at is null;

-- What a person has to decide: another device answers where a known one was expected.
create table collector.questions (
  device_id   uuid not null references collector.devices,
  expected    text not null,
  found       text not null,
  asked_at    timestamptz not null default now(),
  answered_at timestamptz,
  answered_by text,
  constraint questions_pkey primary key (device_id, expected, found, asked_at)
);
create unique index questions_open on collector.questions (device_id, found)
  where answered_at is null;

grant usage on schema collector to ek_app;
grant select, insert, update, delete on all tables in schema collector to ek_app;
