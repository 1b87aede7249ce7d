"""Music as arrays: chords of voices, piano rolls; and out again as MIDI."""
