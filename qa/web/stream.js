// Answers come over a stream of messages. The server closes it when there is nothing left to say; gradio's
// client opens one when it has none. A question that is asked after the one and before the other has
// heard of it is never answered. So the client learns that its question was taken only when a message
// about it has come, or the stream has ended.
"use strict";

{
  const TAKEN_IN_MS = 100;
  const EVENT = /"event_id":"(\w+)"/g;
  const fetchNow = window.fetch.bind(window);
  let stream = null;

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

    // The response, whose messages are noted as they are read.
    of(response) {
      const reader = response.body.getReader();
      const body = new ReadableStream({
        pull: async (controller) => {
          try {
            const { done, value } = await reader.read();
            if (done) {
              controller.close();
              setTimeout(this.end, TAKEN_IN_MS); // the client has yet to read what came last
            } else {
              controller.enqueue(value);
              this.#note(value);
            }
          } catch (error) {
            this.end();
            controller.error(error);
          }
        },
        cancel: (reason) => {
          this.end();
          return reader.cancel(reason);
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

  async function opened(request, options) {
    const own = new Stream();
    stream = own;
    own.ended.then(() => {
      if (stream === own) stream = null;
    });
    try {
      const response = await fetchNow(request, options);
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
    if (response.ok && stream) {
      const { event_id: id } = await response.clone().json();
      await Promise.race([stream.about(id), stream.ended]);
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
