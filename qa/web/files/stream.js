// Answers come over a stream of messages, which the server ends when there is nothing left to say, and
// gradio's client opens when it has none. Two things are lost there that are kept here:
// - what is asked after the server has ended it and before the client has heard so: nothing is ever
//   heard of it. So the client learns that its question was taken when a message about it has come, or
//   the stream has ended.
// - what is asked when the client breaks off a stream that is at its end: the server takes that for
//   a visitor who has gone, and forgets all that was asked. So streams are read to their end.
// And who is logged out is not told so by gradio, whatever he does: he is shown the login.
"use strict";

{
  const TAKEN_IN_MS = 100;
  const EVENT = /"event_id":"(\w+)"/g;
  const fetched = window.fetch.bind(window);
  let stream = null;

  async function fetchNow(request, options) {
    const response = await fetched(request, options);
    if (response.status === 401) location.reload();
    return response;
  }

  class Stream {
    #heard = new Map();
    #decoder = new TextDecoder();
    #line = "";

    constructor() {
      this.ended = new Promise((resolve) => {
        this.end = resolve;
      });
    }

    // Resolves once there was a message about the event.
    about(id) {
      return this.#event(id).promise;
    }

    // The response, whose messages are noted as they come; they are read to the end.
    of(response) {
      let isRead = true;
      const body = new ReadableStream({
        start: async (controller) => {
          try {
            for await (const bytes of chunks(response.body)) {
              this.#note(bytes);
              if (isRead) controller.enqueue(bytes);
            }
            if (isRead) controller.close();
          } catch (error) {
            if (isRead) controller.error(error);
          } finally {
            setTimeout(this.end, TAKEN_IN_MS); // the client may have yet to read what came last
          }
        },
        cancel: () => {
          isRead = false;
        },
      });
      return new Response(body, response);
    }

    #note(bytes) {
      this.#line += this.#decoder.decode(bytes, { stream: true });
      for (const [, id] of this.#line.matchAll(EVENT)) this.#event(id).resolve();
      this.#line = this.#line.slice(this.#line.lastIndexOf("\n") + 1);
    }

    #event(id) {
      if (!this.#heard.has(id)) {
        const event = {};
        event.promise = new Promise((resolve) => {
          event.resolve = resolve;
        });
        this.#heard.set(id, event);
      }
      return this.#heard.get(id);
    }
  }

  async function* chunks(body) {
    const reader = body.getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
  }

  async function opened(request, options) {
    const own = new Stream();
    stream = own;
    own.ended.then(() => {
      if (stream === own) stream = null;
    });
    try {
      const response = await fetchNow(request, { ...options, signal: new AbortController().signal });
      if (response.ok) return own.of(response);
      own.end();
      return response;
    } catch (error) {
      own.end();
      throw error;
    }
  }

  async function joined(request, options) {
    const response = await fetchNow(request, options);
    const current = stream;
    if (response.ok && current) {
      const { event_id: id } = await response.clone().json();
      await Promise.race([current.about(id), current.ended]);
    }
    return response;
  }

  window.fetch = (request, options) => {
    const { pathname } = new URL(request.url ?? request, document.baseURI);
    if (pathname.endsWith("/queue/data")) return opened(request, options);
    if (pathname.endsWith("/queue/join")) return joined(request, options);
    return fetchNow(request, options);
  };
}
