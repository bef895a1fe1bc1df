// Package tracetree prints traces for people: each trace as a tree, parents
// before children, with kinds, durations, errors and the most important
// attributes.
//
//	tracetree.Write(os.Stdout, spans)
//
// prints, for the spans of one request through two services:
//
//	trace 4bf92f3577b34da6a3ce929d0e0e4736 · 4 spans · 12.4 ms
//	GET /orders/{id}             SERVER    shop   12.4 ms  200
//	└─ GET                       CLIENT    shop    9.1 ms  200  url.full=http://stock/process/12345
//	   └─ GET /process/:item_id  SERVER    stock   7.9 ms  200
//	      └─ process_item_logic  INTERNAL  stock   1.2 ms       item.id=12345
//
// It is independent of the source of spans; [Span] is a plain struct.
// Characters that could control a terminal are escaped.
package tracetree
