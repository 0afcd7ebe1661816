-- Records of devices' archives, as they were told: the truth that bills can be held against. A period
-- for which the device has none is a fact too. A record that reads differently later is kept beside
-- the first one; the highest version is the latest.
create table collector.records (
  device_id uuid     not null references collector.devices,
  kind      text     not null check (kind in ('hour', 'day')),
  -- The end of its period.
  ended_at  timestamptz not null,
  version   smallint not null check (version > 0),
  read_at   timestamptz not null default now(),
  -- By "quantity channel": {"value": "12.5"}, {"absent": true} or {"error": …}; null where there is
  -- no record, and then why.
  content   jsonb,
  missing   text check ((content is null) = (missing is not null)),
  constraint records_pkey primary key (device_id, kind, ended_at, version)
);

grant select, insert, update, delete on collector.records to ek_app;
