// Keeps the field's page for when there is no connection. KEPT, the page's files, stands before this text. Nothing else of the city is kept.
const CACHE = `field-${KEPT.join("|").length}-${KEPT.join("|").replaceAll(/[^0-9a-f]/g, "").slice(-48)}`;
const PAGE = "/city/field";
const OPENED = "yuzhang_field";  // the cookie that the page comes with, and that signing out takes away

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll([...KEPT, "/city/field.webmanifest"]);
    await page(new Request(PAGE, { headers: { accept: "text/html" } })).catch(() => null);  // the page that is open was there before
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith("field-") && name !== CACHE) await caches.delete(name);
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname === PAGE) event.respondWith(page(event.request));
  else if (KEPT.includes(url.pathname + url.search) || url.pathname === "/city/field.webmanifest") event.respondWith(file(event.request));
});

async function page(request) {
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(request);
    if (answer.ok && !answer.redirected) await cache.put(PAGE, answer.clone());
    return answer;
  } catch (error) {
    if (await signedOut()) await cache.delete(PAGE, { ignoreVary: true });
    const kept = await cache.match(PAGE, { ignoreVary: true });
    if (kept) return kept;
    throw error;
  }
}

// Whoever signed out, on whichever page, left this one behind: it is nobody's to read any more.
async function signedOut() {
  return Boolean(self.cookieStore) && !(await self.cookieStore.get(OPENED));
}

async function file(request) {
  const kept = await caches.match(request, { ignoreVary: true });
  return kept ?? fetch(request);
}
