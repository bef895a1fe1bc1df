// Package exclude decides which requests are not observed at all: health
// checks, metrics endpoints, documentation and whatever else would only be
// noise in a trace view.
//
// Rules are short texts. They come from options and, comma-separated, from
// environment variables:
//
//	healthz  /healthz     that path and everything below it: /healthz,
//	                      /healthz/, /healthz/live; not /healthzz and not
//	                      /process/healthz
//	=/healthz             exactly that path, a trailing slash included
//	/api/*/healthz        a glob: * is one segment, ** any number of them
//	**/healthz            healthz at any depth
//	~^/internal/.*/ping$  an RE2 expression, searched in the path
//	GET /healthz          any of these for one method only
//	agent:kube-probe/     every request whose User-Agent begins so
//
// [Parse] compiles them once; [Rules.Match] answers for each request without
// allocating.
//
//	rules, err := exclude.Parse("healthz,metrics,docs", "GET =/")
//	...
//	if rules.Match(method, path, userAgent) {
//		// no span, no metric point
//	}
//
// # What is matched
//
// The path as the client sent it, each of its segments decoded by itself,
// case-sensitively, and nothing else of the URL. Host, query and fragment never
// take part: a client must not be able to hide a request by adding
// "?x=/healthz" to it, and a rule that mentions one of them is an error. Nor does a path rule match in the middle of a path unless it
// says so with ** or with an unanchored expression. The User-Agent, on the
// other hand, is whatever the client chooses to send: use agent rules where
// the clients are your own.
//
// Nor can a client hide by a path that matches and is served elsewhere. A path
// with a segment "." or ".." matches no path rule, however it is written: with
// escapes, between encoded slashes or backslashes, or with a parameter behind a
// semicolon. An encoded slash ends no segment of a rule: /docs%2Fx is not below
// /docs, but /docs/a%2Fb is. A glob or an expression has to match such a path
// either way, with the slash as a part of the segment and as its end.
//
// A router that reads paths otherwise than net/http's says so by [Rules.For]:
// one that ignores case ([IgnoreCase]), or one that does not decode what it
// compares ([Raw]).
//
// Methods are compared as they stand. "GET /healthz" leaves HEAD /healthz
// observed. An empty path counts as "/", but that of a
// CONNECT to an authority matches only rules that match every path.
//
// # Globs
//
// A rule with a * in it is a glob and has to match the whole path. A segment
// that is just * stands for one segment that is not empty; within a segment,
// as in /static/*.css, * stands for any run of characters other than the
// slash, the empty one included. ** is a segment of its own and stands for any
// number of segments, none included, so that /docs/** matches /docs too. A
// single slash at the end, of the rule or of the path, makes no difference to
// a glob: /api/*/healthz matches /api/v1/healthz/. The time a match takes
// grows at most with the product of the two lengths, whatever a client sends.
//
// # Lists
//
// A comma separates rules. Within an expression it does not when it stands
// between (), [] or {}, is escaped by a backslash, or is quoted by \Q…\E:
// "~^/a{1,3}$,/healthz" is two rules. The prefix of an agent rule cannot hold
// a comma; end it before. Space around a rule is ignored, and so are empty
// elements of a list.
package exclude
