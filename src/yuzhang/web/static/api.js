// The page "Try the API": sends what the form says, shows what was answered, writes the same as lines for a program; filters the list.
const form = document.querySelector("[data-try]");
const LONGEST = 200_000;
const SAFE = /%(28|29|27|2C|3A|3D|24|40)/gi; // what URNs and SensorThings write in a path as it is

function address() {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  const headers = {};
  for (const one of form.querySelectorAll("[data-where]")) {
    const { where } = one.dataset;
    if (where === "path") {
      let written = encodeURIComponent(one.value).replace(SAFE, (found) => decodeURIComponent(found));
      if (one.name === "path") written = written.replaceAll("%2F", "/");
      path = path.replace(`{${one.name}}`, () => written);
    } else if (one.value && where === "query") query.append(one.name, one.value);
    else if (one.value && where === "header") headers[one.name] = one.value;
  }
  const asked = query.toString();
  return { method: form.dataset.method, path: asked ? `${path}?${asked}` : path, headers };
}

function sent() {
  const place = form.querySelector("[data-body]");
  if (!place) return {};
  const { media, file } = place.dataset;
  if (file) return { media, file, text: place.value };
  if (media === "application/x-www-form-urlencoded") {
    const pairs = place.value.split("\n").filter((line) => line.includes("="));
    return { media, text: new URLSearchParams(pairs.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)])).toString() };
  }
  return { media, text: place.value };
}

function request() {
  const { method, path, headers } = address();
  const { media, file, text } = sent();
  const key = form.querySelector("[data-key]").value.trim();
  if (key) headers.authorization = `Key ${key}`;
  let body = text;
  if (file) {
    body = new FormData();
    body.append(file, new Blob([text]), "data.csv");
  } else if (media) headers["content-type"] = media;
  return [path, { method, headers, body, credentials: key ? "omit" : "same-origin" }];
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function curl() {
  const { method, path, headers } = address();
  const { media, file, text } = sent();
  const lines = [`curl -X ${method} ${quoted(location.origin + path)}`, '-H "Authorization: Key $YUZHANG_KEY"'];
  for (const [name, value] of Object.entries(headers)) lines.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (file) lines.push(`-F ${file}=@data.csv`);
  else if (media) lines.push(`-H ${quoted(`Content-Type: ${media}`)}`, `--data-binary ${quoted(text)}`);
  return lines.join(" \\\n  ");
}

function python() {
  const { method, path, headers } = address();
  const { media, file, text } = sent();
  const said = Object.entries(headers).map(([name, value]) => `, ${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  if (media && !file) said.push(`, "Content-Type": ${JSON.stringify(media)}`);
  const lines = ["import os", "", "import httpx", "", "answer = httpx.request(", `    "${method}",`, `    ${JSON.stringify(location.origin + path)},`];
  lines.push(`    headers={"Authorization": "Key " + os.environ["YUZHANG_KEY"]${said.join("")}},`);
  if (file) lines.push(`    files={"${file}": open("data.csv", "rb")},`);
  else if (media) lines.push(`    content=${JSON.stringify(text)}.encode(),`);
  return [...lines, ")", "print(answer.status_code, answer.text)"].join("\n");
}

function write() {
  document.querySelector('[data-line="curl"]').textContent = curl();
  document.querySelector('[data-line="Python"]').textContent = python();
}

const isText = (media) => /json|text|xml|csv|pem|javascript/.test(media);

async function shown(answer) {
  const media = answer.headers.get("content-type") ?? "";
  const place = document.querySelector("[data-answer]");
  if (!isText(media)) {
    const { size } = await answer.blob();
    return size ? `${size} ${place.dataset.bytes}` : "";
  }
  const text = await answer.text();
  if (!/json(;|$)/.test(media)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function send(event) {
  event.preventDefault();
  const button = form.querySelector("button");
  const status = document.querySelector("[data-status]");
  const headers = document.querySelector("[data-headers]");
  const body = document.querySelector("[data-answer]");
  button.disabled = true;
  headers.textContent = body.textContent = status.textContent = "";
  document.querySelector("[data-said]").hidden = false;
  try {
    const answer = await fetch(...request());
    headers.textContent = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
    body.textContent = (await shown(answer)).slice(0, LONGEST);
    status.textContent = `${answer.status} ${answer.statusText}`;
  } catch {
    status.textContent = status.dataset.failed;
  } finally {
    button.disabled = false;
    button.focus();
  }
}

if (form) {
  form.addEventListener("submit", send);
  form.addEventListener("input", write);
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  write();
  document.querySelector("[data-lines]").hidden = false;
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.querySelector(`[data-line="${button.dataset.copy}"]`).textContent);
      button.textContent = button.dataset.copied;
    });
  }
}

const search = document.getElementById("try-search");
const found = document.querySelector("[data-found]");
search?.addEventListener("input", () => {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const part of document.querySelectorAll("[data-part]")) {
    const title = part.querySelector("summary").textContent.toLowerCase();
    let left = 0;
    for (const one of part.querySelectorAll("li")) {
      one.hidden = !words.every((word) => `${title} ${one.textContent} ${one.dataset.words}`.toLowerCase().includes(word));
      left += one.hidden ? 0 : 1;
    }
    part.hidden = !left;
    part.open = words.length > 0 && left > 0;
    count += left;
  }
  found.textContent = found.dataset.text.replace("#", count);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || !search || event.target.closest("input, select, textarea")) return;
  event.preventDefault();
  search.focus();
});
