// sharp.cjs JOB IN OUT: one job of bench/peers by sharp (libvips below), at its
// best: three files in flight, one thread each.  Prints the seconds from the
// first file to the last, start-up not counted.
const fs = require("fs");
const path = require("path");
const sharp = require("sharp");

sharp.cache(false);

const open = (file) => sharp(file, { limitInputPixels: false });
const jpeg = (quality) => (s) => s.jpeg({ quality });
const fit = (side) => (s) => s.resize(side, side, { fit: "inside" });
const half = (s, meta) => s.resize(meta.width >> 1, meta.height >> 1);
const png = (s) => s.png({ adaptiveFiltering: true });

const JOBS = {
  thumb: [fit(512), jpeg(80)],
  sharp: [fit(720), jpeg(80)],
  chain: [half, (s) => s.blur(2).sharpen(), jpeg(85)],
  png: [half, png],
  tojpeg: [jpeg(85)],
  gray: [(s) => s.grayscale(), jpeg(85)],
  small: [fit(64), jpeg(85)],
  huge: [fit(2048), jpeg(85)],
  hugeblur: [(s) => s.blur(2), jpeg(85)],
};

function files(folder) {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    return entry.isDirectory() ? files(name) : [name];
  }).sort();
}

function target(job, file, out) {
  const stem = path.basename(path.dirname(file)) + "-" + path.parse(file).name;
  return path.join(out, stem + (job === "png" ? ".png" : ".jpg"));
}

async function work(job, file, out) {
  const steps = JOBS[job];
  const meta = steps.includes(half) ? await open(file).metadata() : null;
  let s = open(file);
  for (const step of steps) s = step(s, meta);
  await s.toFile(target(job, file, out));
}

async function main() {
  const [job, folder, out] = process.argv.slice(2);
  const list = files(folder);
  sharp.concurrency(list.length > 1 ? 1 : 2);
  let next = 0;
  const worker = async () => {
    while (next < list.length) await work(job, list[next++], out);
  };
  const start = process.hrtime.bigint();
  await Promise.all([worker(), worker(), worker()]);
  console.log(Number(process.hrtime.bigint() - start) / 1e9);
}

main();
