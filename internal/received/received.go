// Package received defines the optional interfaces of a request's header by
// which the engine reads less of an excluded request. It is internal to the
// engine and the adapters of this repository. It imports only the exclusion
// rules.
package received

import (
	"strings"

	"github.com/samespan/samespan/core/exclude"
)

// Request is a header by which the engine reads a request only if the exclusion
// rules do not match it: so a health check costs only the matching. R is
// httpserver.Request. The methods are called while the engine starts an
// exchange or applies the rules, and not after.
type Request[R any] interface {
	// Excluded reports whether rules match the request.
	Excluded(rules *exclude.Rules) bool
	// Read returns the request with a plain header, and without Route, Mount,
	// Routing and PeerUnix.
	Read() R
	// PeerUnix reports whether the connection is that of a Unix-domain socket.
	PeerUnix() bool
}

// RawHeader is a header whose values are bytes, which the engine reads without
// copying.
type RawHeader interface {
	// RawValues returns all values of the header in the order received. They
	// are used before the next call and not retained.
	RawValues(name string) [][]byte
}

// maxSharedLength is the length, in bytes, up to which a substring may keep the whole
// string in memory: that of the longest attribute.
const maxSharedLength = 4096

// Own copies parts of a string whose length, whole, is more than an attribute
// may have: a substring keeps the whole string in memory until its span is
// exported, and a client may send a megabyte along with a short path.
func Own(whole int, parts ...*string) {
	if whole <= maxSharedLength {
		return
	}
	for _, part := range parts {
		*part = strings.Clone(*part)
	}
}
