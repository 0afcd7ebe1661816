-- Roles are shared by all databases of a cluster, so they are created only where missing, and a
-- migration running at the same time in another database is waited for, not failed on.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['ek_append', 'ek_erase', 'ek_app'] loop
    if not exists (select from pg_catalog.pg_roles where rolname = wanted) then
      begin
        -- None of them can log in: ek_append and ek_erase only own functions, ek_app is the group
        -- whose rights the application's login role inherits.
        execute format('create role %I nologin', wanted);
      exception when duplicate_object or unique_violation then
        null; -- another database's migration has just created it
      end;
    end if;
  end loop;
end $$;
