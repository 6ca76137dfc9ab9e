-- The file is a copy of what log and lake say, so nothing of it is logged once more: what was loaded since the last
-- checkpoint is loaded again after a crash. No other version ever reads the file; the newest format is smaller and
-- faster to write.
ATTACH {path} AS warehouse (RECOVERY_MODE NO_WAL_WRITES, STORAGE_VERSION 'latest')
