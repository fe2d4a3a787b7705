-- Merging costs more CPU than inserting, so rows of the current hour are merged seldom and many parts
-- at a time (merge_selector_base; 5 is usual): about twenty parts at a time hold an hour under way. An
-- hour that got no rows for min_age_to_force_merge_seconds becomes one part, which keeps reports over
-- many hours quick. A later row of that hour starts its time again.
--
-- Statistics of columns help no query here, since all select by the primary key and the partition,
-- and every merge computes them anew.
ALTER TABLE adtally.minute MODIFY SETTING
    merge_selector_base = 16,
    min_age_to_force_merge_seconds = 3600,
    min_age_to_force_merge_on_partition_only = 1,
    auto_statistics_types = '';
