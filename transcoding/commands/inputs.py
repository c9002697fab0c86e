"""How a source, or a file of our own, is opened: arguments up to `-i` and the address.

Every flag stands with its reason. `url` is a short-lived read URL and never appears in a log: the
runner replaces it.
"""

from __future__ import annotations

import certifi

_PICTURE_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,mpeg,mpegvideo,avi,asf,flv,mxf,ogg,gxf,dv,"
    "h264,hevc,ivf,nut,wtv,rm,y4m,yuv4mpegpipe,av1,obu"
)
_SOUND_FORMATS = "mp3,aac,flac,wav,w64,aiff,caf"

ALLOWED_FORMATS = f"{_PICTURE_FORMATS},{_SOUND_FORMATS}"
"""What an upload may be, by the names of FFmpeg's demuxers. A playlist (hls, dash, concat, image2)
could make FFmpeg read other addresses or local files, so only single-file containers are here."""

TOLERATE_DAMAGE = ("-max_error_rate", "1")
"""Players show what can be decoded, and so does what is published. Otherwise FFmpeg fails where
more than two thirds of what it decodes is damaged, which may be one chunk of a video."""

_NETWORK_PROTOCOLS = "http,https,tcp,tls"
_LOCAL_SCHEME = "file:"
_READ_TIMEOUT_US = 60_000_000


def local_url(path: str) -> str:
    """Return what stands for the read URL where the source is a file of this machine."""
    return _LOCAL_SCHEME + path


def source_input(url: str, etag: str) -> tuple[str, ...]:
    """Open the source: only network protocols, only known containers, only this very upload.

    If-Match makes storage answer 412 once the blob is replaced, so that no chunk ever mixes two
    uploads. Mid-read disconnects are taken up again where they broke off. What `local_url` gives is
    opened without any network; read URLs never have its scheme.
    """
    if url.startswith(_LOCAL_SCHEME):
        return (*("-protocol_whitelist", "file", "-format_whitelist", ALLOWED_FORMATS), "-i", url)
    return (
        # A read that fails for good is no error to the programs: they take the file to end there,
        # and only warn. The runner looks for that.
        *("-v", "warning"),
        *("-protocol_whitelist", _NETWORK_PROTOCOLS),
        *("-format_whitelist", ALLOWED_FORMATS),
        *("-headers", f'If-Match: "{etag}"\r\n'),
        *("-rw_timeout", str(_READ_TIMEOUT_US)),
        *("-reconnect", "1", "-reconnect_delay_max", "10"),
        # Neither program brings certificates of its own: one then refuses every host, the other
        # trusts every host.
        *(("-tls_verify", "1", "-ca_file", certifi.where()) if url.startswith("https:") else ()),
        *("-i", url),
    )


def local_input(path: str) -> tuple[str, ...]:
    """Open a file that was written here."""
    return ("-protocol_whitelist", "file", "-i", path)
