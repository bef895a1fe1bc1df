package comparison

// everyOfficial are the official middlewares.
const everyOfficial = "otelhttp otelgin otelecho otelfiber otelchi otelmux"

// readOff are the versions of the official middlewares that the facts were read
// off. Whoever changes a version reads again what the suite sees of it: an
// outcome that stays the same can have another reason.
var readOff = map[string]string{"otelhttp": "v0.72.0", "otelgin": "v0.65.0", "otelecho": "v0.60.0", "otelfiber": "v2.1.1", "otelchi": "v0.12.2", "otelmux": "v0.58.0"}

// facts are what the suite saw. In full and in its own words, with what was
// wanted, the command matrix shows it: --subject otelgin --format markdown.
var facts = []fact{
	{"parent/invalid", everyOfficial, "Of two `traceparent` headers one is believed, and so is one of version 00 with a dash behind it."},
	{"parent/tracestate", everyOfficial, "Of several `tracestate` headers the first alone is read; an empty or repeated member costs the whole list."},
	{"parent/framework-context", "otelgin", "A span started from `*gin.Context` is not in the caller's trace: `ContextWithFallback` is off by default."},
	{"parent/framework-context", "otelfiber", "A span started from fasthttp's context, `c.Context()`, is a root of its own."},
	{"parent/nested", "otelhttp otelgin otelecho otelchi otelmux", "Two server spans; where there is a duration, two measurements of it."},
	{"parent/twice", everyOfficial, "Two server spans; where there is a duration, two measurements of it."},

	{"span/kind-name", "otelfiber otelchi otelmux", "The span is named by the route alone, without the method."},
	{"span/route", "otelhttp", "No `http.route` on the span; the metrics have it."},
	{"span/unmatched", "otelgin", "`http.route` is empty in place of absent."},
	{"span/unmatched", "otelecho", "No status code of the stable name, and no duration."},
	{"span/unmatched", "otelfiber", "The name and `http.route` are `/`."},
	{"span/unmatched", "otelchi", "The name is `/` and `http.route` is empty; no status code of the stable name."},
	{"span/unmatched", "otelmux", "No span: mux runs its middlewares only once it has found a route."},
	{"span/method-not-allowed", "otelgin", "`http.route` is empty in place of absent."},
	{"span/method-not-allowed", "otelecho", "The name and `http.route` are those of the route that refused the method."},
	{"span/method-not-allowed", "otelfiber", "The name and `http.route` are `/`."},
	{"span/method-not-allowed", "otelchi", "The name is `/` and `http.route` is empty; no status code of the stable name."},
	{"span/method-not-allowed", "otelmux", "No span: mux runs its middlewares only once it has found a route."},
	{"span/method-other", "otelhttp", "`get` is taken for GET; QUERY is `_OTHER`; the variable of known methods changes nothing."},
	{"span/method-other", "otelgin", "An unknown method is recorded as GET; the variable of known methods changes nothing."},
	{"span/method-other", "otelecho", "The method has the old name, `http.method`, as the client wrote it."},
	{"span/method-other", "otelchi", "The method has the old name, `http.method`, as the client wrote it, and the name is `/`."},
	{"span/method-other", "otelmux", "No span: mux runs its middlewares only once it has found a route."},
	{"span/attributes", "otelgin", "`server.address` is the name that the middleware was given, not the host that was asked for."},
	{"span/attributes", "otelecho otelchi otelmux", "The names are those of the conventions v1.20, such as `http.method`."},
	{"span/attributes", "otelfiber", "The names are those of the conventions v1.12, such as `http.method`."},
	{"span/status", "otelhttp otelgin", "A 5xx has no `error.type`."},
	{"span/status", "otelecho otelchi otelmux", "No status code of the stable name, and no `error.type`."},
	{"span/status", "otelfiber", "No status code of the stable name, no `error.type`, and a 499 is an error."},
	{"span/sampler", "otelecho otelfiber otelchi otelmux", "A sampler is given none of method, path and scheme by their stable names, so it cannot drop by path."},
	{"span/query", "otelhttp otelgin otelecho otelchi otelmux", "`url.query` is not recorded."},
	{"span/query", "otelfiber", "The query is recorded in `http.target` with its secrets."},
	{"span/scope", "otelhttp otelgin otelecho otelchi otelmux", "The scope has no schema URL."},
	{"span/scope", "otelfiber", "The scope has no schema URL, and 1.20.0 for a version."},
	{"span/body-size", "otelhttp", "No size of an answer that is sent from a file."},
	{"span/body-size", "otelgin", "No size of a request."},

	{"error/handler", "otelhttp", "A 5xx has no `error.type`."},
	{"error/handler", "otelgin", "A 4xx with a recorded error is an Error with a description; a 5xx has no `error.type`."},
	{"error/handler", "otelecho otelfiber otelchi otelmux", "No status code of the stable name; a 5xx has no `error.type`."},
	{"error/handler-once", "otelecho", "Echo's error handler runs twice."},
	{"error/handler-once", "otelfiber", "The error is swallowed: middlewares further out never see it."},
	{"error/wire-status", "otelhttp", "A connection that was taken over and answered 101 has the status of an error that was written in vain."},
	{"error/wire-status", "otelgin", "A connection that was taken over and answered 101 has status code 200."},
	{"error/wire-status", "otelecho otelfiber otelchi otelmux", "No status code of the stable name."},
	{"error/hook", "otelfiber", "A hook that panics turns the answer into a 500."},
	{"error/disconnect", "otelhttp otelgin otelecho otelchi otelmux", "A client that has left in the middle of an answer leaves no trace: neither an error nor an `error.type`."},
	{"error/description", "otelhttp otelfiber", "The name that a handler sets is overwritten, and so is the description of its status if the answer is a 5xx."},
	{"error/description", "otelgin otelecho otelchi otelmux", "The description of the status that a handler sets is erased if the answer is a 5xx."},
	{"error/panic", "otelhttp", "No status, status code, duration or stack, and the span has lost its route."},
	{"error/panic", "otelgin otelecho otelchi otelmux", "No status, status code, duration or stack."},
	{"error/panic", "otelfiber", "No status, status code, duration or stack, and the request stays active for ever."},
	{"error/panic-inside", "otelhttp otelgin", "A panic that a recovery further in answers has no `error.type`."},
	{"error/panic-inside", "otelecho otelfiber otelchi otelmux", "A panic that a recovery further in answers has no status code and no `error.type`."},
	{"error/abort", "otelhttp otelgin otelecho otelchi otelmux", "`http.ErrAbortHandler` is an exception event in place of an error with its type."},

	{"exclude/evasion", "otelhttp otelecho otelchi", "A filter that looks at `URL.Path`, as most do, excludes `/docs%2Fx`, which another route serves."},
	{"exclude/children", everyOfficial, "A span started in the handler of an excluded request is exported, as an orphan."},

	{"metric/duration", "otelhttp otelgin", "The series also has the server's address and port, which are Opt-In, and the time is not the span's."},
	{"metric/duration", "otelecho otelchi otelmux", "There is no duration."},
	{"metric/duration", "otelfiber", "The duration has its old name, `http.server.duration`, and milliseconds."},
	{"metric/active", "otelfiber", "`http.server.active_requests` has attributes of the old conventions, and stays at 1 after a panic."},
	{"metric/unsampled", "otelecho otelchi otelmux", "There is no duration."},
	{"metric/unsampled", "otelfiber", "There is no duration of the stable name."},
	{"metric/body-size", "otelhttp", "An answer that is sent from a file is measured as 0."},
	{"metric/body-size", "otelgin", "An answer that is empty, and a request of unknown length, are measured as -1."},
	{"metric/cardinality", "otelhttp otelgin+core", "A thousand Host headers make a thousand series."},
	{"metric/cardinality", "otelecho otelchi otelmux", "There is no duration to tell by."},
	{"metric/cardinality", "otelfiber", "A thousand Host headers make a thousand series of active requests."},
	{"metric/error", "otelhttp otelgin", "A 5xx has no `error.type`, and a panic no duration."},
	{"metric/error", "otelecho otelchi otelmux", "There is no duration."},
	{"metric/error", "otelfiber", "There is no duration of the stable name."},
	{"metric/exemplar", "otelecho otelfiber otelchi otelmux", "There is no duration of the stable name to have an exemplar."},

	{"flush/hostile-bytes", everyOfficial, "One request with a byte that is not UTF-8 costs the whole batch: of 14 requests every span is lost."},

	{"transparent/response", "otelfiber", "Every response has a `Traceparent` header more."},
	{"transparent/rewrite", "otelecho", "Registered by `Pre`, it hides from the router what a middleware behind it makes of method and URL."},
	{"transparent/stream", "otelfiber", "A stream is held back until the handler has ended."},
	{"transparent/upgrade", "otelhttp otelgin", "The span of a WebSocket has status code 200 for 101."},
	{"transparent/upgrade", "otelecho otelfiber otelchi otelmux", "The span of a WebSocket has no status code of the stable name."},
	{"transparent/multipart", "otelgin otelecho", "The temporary files of an upload are never removed."},

	{"trust/public", "otelhttp otelchi otelmux", "At a public endpoint a stranger's baggage reaches the handler."},
	{"trust/client-address", "otelhttp", "`client.address` is whatever a stranger writes into `X-Forwarded-For`."},
	{"trust/client-address", "otelgin", "`client.address` is whatever a stranger writes into `X-Forwarded-For`, and `server.address` is not the host."},
	{"trust/client-address", "otelecho otelfiber otelchi otelmux", "No client and server addresses of the stable names."},
	{"trust/secrets", "otelfiber", "Secrets of queries, and the user of basic authentication, are recorded; responses carry the trace context."},
	{"trust/secrets", "otelchi", "The user of basic authentication is recorded."},
	{"trust/size", "otelhttp otelgin otelecho otelchi otelmux", "A path of a million bytes is a value of a million bytes."},
	{"trust/size", "otelfiber", "Every response has a `Traceparent` header more."},
}
