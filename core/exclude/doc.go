// Package exclude decides which requests record no telemetry, such as health
// checks, metrics endpoints and documentation.
//
// A rule is a string. Rules come from options and, comma-separated, from
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
//	agent:kube-probe/     every request whose User-Agent begins with kube-probe/
//
// [Parse] compiles rules once; [Rules.Match] checks each request without
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
// Rules match the path as the client sent it, with each segment decoded
// separately, case-sensitively. Host, query and fragment are not matched:
// otherwise a client could hide a request by adding "?x=/healthz". A rule that
// contains one of them is an error. A path rule matches in the middle of a path
// only with ** or an unanchored expression. The User-Agent is chosen by the
// client: use agent rules only if you control the clients.
//
// A client cannot hide a request with a path that matches a rule but is routed
// differently. A path with a segment "." or ".." matches no path rule, even if
// the segment is written with escapes, between encoded slashes or backslashes,
// or with a parameter after a semicolon. An encoded slash does not separate
// segments: /docs%2Fx is not below /docs, but /docs/a%2Fb is. A glob or an
// expression must match such a path in both readings: with the slash as part of
// a segment and as a separator.
//
// Use [Rules.For] for a router that reads paths differently from net/http: one
// that ignores case ([IgnoreCase]), or one that compares paths without decoding
// them ([Raw]).
//
// Methods are compared exactly: "GET /healthz" does not exclude HEAD /healthz.
// An empty path counts as "/", but the empty path of a CONNECT to an authority
// matches only rules that match every path.
//
// # Globs
//
// A rule with a * is a glob and must match the whole path. The segment *
// matches one segment that is not empty. Within a segment, as in /static/*.css,
// * matches any number of characters except slashes, including none. The
// segment ** matches any number of segments, including none, so that /docs/**
// matches /docs too. A single slash at the end of the rule or the path is
// ignored: /api/*/healthz matches /api/v1/healthz/. The time of a match is at
// most proportional to the product of the two lengths.
//
// # Lists
//
// A comma separates rules. In an expression, a comma belongs to the expression
// if it is between (), [] or {}, escaped by a backslash, or quoted by \Q…\E:
// "~^/a{1,3}$,/healthz" is two rules. The prefix of an agent rule cannot contain
// a comma; shorten the prefix. Space around a rule is ignored, and so are empty
// elements of a list.
package exclude
