-- What is inserted becomes one file, not one for each column (parts of up to 32 MiB, 10 are usual): an
-- insert writes and fsyncs its files, and blocks of a checkpoint are about that large. Merged parts that
-- are larger have files by column.
ALTER TABLE adtally.minute MODIFY SETTING min_bytes_for_wide_part = 33554432;
