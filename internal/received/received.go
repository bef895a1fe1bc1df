// Package received defines optional interfaces of the values that adapters pass to the
// engine: of a request's header, so that the engine reads less of an excluded request, and
// of the value that identifies a request. The package is internal to the engine and the
// adapters of this repository. It imports only the exclusion rules.
package received

import (
	"strings"

	"github.com/samespan/samespan/core/exclude"
)

// Request is a header that can match exclusion rules. The engine calls Read only if the
// rules do not match, so that a health check costs only the matching. R is
// httpserver.Request. The engine calls the methods only while it starts an exchange or
// applies the rules.
type Request[R any] interface {
	// Excluded reports whether rules match the request.
	Excluded(rules *exclude.Rules) bool
	// Read returns the request with a plain header. Route, Mount, Routing and PeerUnix
	// are not set.
	Read() R
	// PeerUnix reports whether the connection is that of a Unix-domain socket.
	PeerUnix() bool
}

// RawHeader is a header that provides its values as bytes, which the engine reads without
// copying.
type RawHeader interface {
	// RawValues returns all values of the header in the order received. The engine does
	// not use them after the next call, and does not retain them.
	RawValues(name string) [][]byte
}

// HeaderKeeper is a value that identifies a request, see httpserver.Exchange.Identify, and
// can keep the header of the response. An adapter implements it if the header that it can
// read at the end of the request may differ from the one that was sent.
type HeaderKeeper interface {
	// KeepHeader makes the adapter pass the header as it was sent in the outcome. The
	// engine calls it before the handlers, and only if response headers are captured.
	KeepHeader()
}

// maxSharedLength is the length, in bytes, of the longest attribute. A string up to this
// length may be kept in memory by its substrings.
const maxSharedLength = 4096

// Own copies parts, which are substrings of a string of length whole, if the string is
// longer than maxSharedLength. A substring keeps the whole string in memory until its
// span is exported, and a client may send a megabyte along with a short path.
func Own(whole int, parts ...*string) {
	if whole <= maxSharedLength {
		return
	}
	for _, part := range parts {
		*part = strings.Clone(*part)
	}
}
