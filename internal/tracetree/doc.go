// Package tracetree prints traces for people: every trace a tree, parents
// before children, with kinds, durations, failures and the attributes that
// matter.
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
// It knows nothing of where spans come from; [Span] is a plain struct. Strings
// are printed safely: what could control a terminal is escaped.
package tracetree
