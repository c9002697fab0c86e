"""The gate's reader of playlists."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.transcoding.conformance.sample import IFRAME_PLAYLIST, MASTER, SOUND_PLAYLIST
from transcoding.conformance.readers.playlists import read_media_playlist, read_multivariant


def test_durations_are_the_decimals_that_are_written() -> None:
    """Five EXTINF with six digits add up to exactly 20 s."""
    playlist = read_media_playlist(SOUND_PLAYLIST)
    assert playlist.segments[0].duration_s == Fraction(4_010_667, 1_000_000)
    assert playlist.duration_s == 20


def test_byte_ranges_are_read() -> None:
    """A byte range is its length and offset."""
    playlist = read_media_playlist(IFRAME_PLAYLIST)
    assert playlist.segments[4].byte_range == (25_005, 0)
    assert (playlist.is_iframes_only, playlist.map_uris) == (True, ("init.mp4",))


def test_a_byte_range_without_an_offset_is_an_error() -> None:
    """Where a range starts is never left to what came before it."""
    with pytest.raises(ValueError, match="no offset"):
        read_media_playlist(IFRAME_PLAYLIST.replace("25005@0", "25005"))


def test_attributes_are_read() -> None:
    """Quoted commas separate nothing, and the frame rate is exact."""
    playlist = read_multivariant(MASTER.replace('NAME="English"', 'NAME="a,LANGUAGE=b"'))
    assert (playlist.media[0].name, playlist.media[0].language) == ("a,LANGUAGE=b", "en")
    assert playlist.variants[1].frame_rate == Fraction(25, 2)
    assert playlist.variants[1].codecs == ("avc1.64001e", "mp4a.40.2")


def test_one_kind_of_playlist_is_not_taken_for_the_other() -> None:
    """A media playlist has no variants, a multivariant one no segments."""
    with pytest.raises(ValueError, match="no variants"):
        read_multivariant(SOUND_PLAYLIST)
    with pytest.raises(ValueError, match="multivariant"):
        read_media_playlist(MASTER)
