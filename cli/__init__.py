"""The `vod` command: a thin client of the app; it decides nothing about transcoding."""
