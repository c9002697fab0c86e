"use strict";

// Gives a test the same few verbs for every player.

const STALL_S = 30; // other programs may have both cores: a hiccup is not a stall

const video = document.querySelector("video");
const problems = [];
let seeks = 0;
let renditions = []; // { width, height, bandwidth, select }, ascending bandwidth

video.addEventListener("seeking", () => (seeks += 1));
video.addEventListener("error", () => problems.push(`video: ${video.error.message}`));

const players = {
  "hls.js": async (url) => {
    const hls = new Hls({ detectStallWithCurrentTimeMs: 1000 * STALL_S });
    // Those that it recovers from count too: a hole that is jumped is a hole.
    hls.on(Hls.Events.ERROR, (_, { type, details, error }) =>
      problems.push(`hls.js: ${type}, ${details}, ${error?.message}`));
    const parsed = new Promise((resolve) => hls.once(Hls.Events.MANIFEST_PARSED, resolve));
    hls.attachMedia(video);
    hls.loadSource(url);
    await parsed;
    return hls.levels.map(({ width, height, bitrate }, index) => ({
      width, height, bandwidth: bitrate, select: () => (hls.currentLevel = index),
    }));
  },

  shaka: async (url) => {
    const player = new shaka.Player();
    player.addEventListener("error", ({ detail }) =>
      problems.push(`shaka: error ${detail.code}, ${detail.data}`));
    for (const event of ["gapjumped", "stalldetected"]) {
      player.addEventListener(event, () => problems.push(`shaka: ${event}`));
    }
    player.configure({ streaming: { stallThreshold: STALL_S } });
    await player.attach(video);
    await player.load(url);
    const tracks = player.getVariantTracks().sort((a, b) => a.bandwidth - b.bandwidth);
    return tracks.map((track) => ({
      width: track.width, height: track.height, bandwidth: track.bandwidth,
      select: () => {
        player.configure({ abr: { enabled: false } });
        player.selectVariantTrack(track, /* clearBuffer= */ true);
      },
    }));
  },
};

async function load(player, url) {
  renditions = await players[player](url);
}

function isBuffered(fromS, toS) {
  const { buffered } = video;
  return Array.from({ length: buffered.length }, (_, i) => i)
    .some((i) => buffered.start(i) <= fromS && toS <= buffered.end(i));
}

// The cues of a WebVTT file, as the browser reads them.
async function readCues(url) {
  const track = Object.assign(document.createElement("track"), { kind: "metadata", src: url });
  const loaded = new Promise((resolve, reject) => {
    track.onload = resolve;
    track.onerror = () => reject(new Error(`no WebVTT: ${url}`));
  });
  video.append(track);
  track.track.mode = "hidden";
  await loaded;
  return Array.from(track.track.cues, ({ startTime, endTime, text }) => [startTime, endTime, text]);
}

async function readImageSize(url) {
  const image = Object.assign(new Image(), { crossOrigin: "anonymous", src: url });
  await image.decode();
  return [image.naturalWidth, image.naturalHeight];
}
