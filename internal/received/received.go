// Package received defines optional interfaces that an adapter may implement. If the header
// that an adapter passes to the engine is a [Request], the engine applies the exclusion rules
// before it reads the rest of the request. If the value by which an adapter identifies a
// request is a [HeaderKeeper] or a [TraceResponseKeeper], that value stores the response header,
// or protects the header traceresponse. Only the
// engine and the adapters of this repository use the package. It imports only the exclusion
// rules.
package received

import (
	"strings"

	"github.com/samespan/samespan/core/exclude"
)

// Request is a header that can match exclusion rules. The engine calls Read only if the
// rules do not match, which makes excluded requests such as health checks cheap. R is
// always httpserver.Request, which this package cannot import. The engine calls the
// methods only while it starts an exchange or applies the rules.
type Request[R any] interface {
	// Excluded reports whether rules match the request.
	Excluded(rules *exclude.Rules) bool
	// Read returns the request with all fields set, except Route, Mount, Routing,
	// StartAttributes and PeerUnix. Its Header no longer implements Request, since the
	// request has been read.
	Read() R
	// PeerUnix reports whether the connection is that of a Unix-domain socket.
	PeerUnix() bool
}

// RawHeader is a header that provides its values as bytes. The engine reads them without
// copying them.
type RawHeader interface {
	// RawValues returns all values of the header called name, in the order received.
	// The engine uses them only until it calls RawValues again.
	RawValues(name string) [][]byte
}

// HeaderKeeper is an optional interface of the value that an adapter passes to
// httpserver.Exchange.Identify. It can keep a copy of the response header that was sent. An
// adapter implements HeaderKeeper if the header may still change after it was sent.
type HeaderKeeper interface {
	// KeepHeader makes the adapter keep a copy of the response header when it is sent, for
	// Outcome.Header. The engine calls KeepHeader before the handlers, and only if response
	// headers are captured.
	KeepHeader()
}

// TraceResponseKeeper is an optional interface of the value that an adapter passes to
// httpserver.Exchange.Identify. An adapter implements it if handlers can replace the header
// traceresponse before the response header is sent.
type TraceResponseKeeper interface {
	// KeepTraceResponse makes the adapter send value in the header traceresponse, whatever the
	// handlers do. The engine calls it before the handlers, and only if the service sends the
	// header.
	KeepTraceResponse(value string)
}

// maxSharedLength is the length, in bytes, of the longest string that substrings may keep in
// memory. It is the maximum length of an attribute.
const maxSharedLength = 4096

// Own replaces substrings with copies if the string that they are part of has more than
// maxSharedLength bytes. length is the length of that string. Without copies, a short path
// in a request line of a megabyte would keep the megabyte in memory until the span is
// exported.
func Own(length int, substrings ...*string) {
	if length <= maxSharedLength {
		return
	}
	for _, substring := range substrings {
		*substring = strings.Clone(*substring)
	}
}
