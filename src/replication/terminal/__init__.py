"""What a run of the workflow shows in the terminal: a line a job, bars of what runs, and at the end what to open."""
