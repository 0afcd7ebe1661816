-- `serve` says that it is ready only when every migration of its own program has been applied, so
-- the application may read the list of them. The list lies in `public` because it had to exist before
-- the schema of the ledger.
grant select on public._sqlx_migrations to ek_app;
