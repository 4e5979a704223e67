-- Under pressure what is due is done by lane, as sends are: negative mentions first. Lower lanes go first.
ALTER TABLE bus.timers ADD COLUMN lane smallint NOT NULL DEFAULT 5;
