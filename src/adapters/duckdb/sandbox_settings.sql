-- Nothing but the files of one folder can be read, nothing can be written, and none of this changed.
SET memory_limit = '{memory_bytes} B';
SET threads = 1;
SET temp_directory = '';
SET max_temp_directory_size = '0 B';
SET autoinstall_known_extensions = false;
SET autoload_known_extensions = false;
SET integer_division = true;
SET default_null_order = 'NULLS_LAST_ON_ASC_FIRST_ON_DESC';
SET TimeZone = 'UTC';
SET errors_as_json = true;
SET allowed_directories = [{folder}];
SET enable_external_access = false;
SET lock_configuration = true
