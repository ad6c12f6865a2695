"""The networks as work to be scheduled: Seq2Seq and Seq2SeqLite as task graphs."""
