-- By when each worker has to report something, where the limits of its experiment ask for that.
-- compatible: yes (it only adds; the limit is to be set once all servers know it)

ALTER TABLE attempt ADD COLUMN progress_deadline INTEGER;
