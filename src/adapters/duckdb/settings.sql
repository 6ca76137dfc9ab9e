-- Nothing is fetched from the net, a checkpoint happens only when we ask for one, and answers are PostgreSQL's. Blocks
-- are kept for the next ones: the kernel clears each page that it hands out, a tenth of what a load costs.
SET autoinstall_known_extensions = false;
SET autoload_known_extensions = false;
SET checkpoint_threshold = '1TB';
PRAGMA disable_checkpoint_on_shutdown;
SET memory_limit = '{memory_limit_bytes} B';
SET block_allocator_memory = '{kept_bytes} B';
SET threads = {threads};
SET temp_directory = {temp_directory};
SET preserve_insertion_order = false;
SET GLOBAL integer_division = true;
SET GLOBAL default_null_order = 'NULLS_LAST_ON_ASC_FIRST_ON_DESC';
SET GLOBAL TimeZone = 'UTC'
