// Package received says what the header of a request may be besides, so that the
// engine reads less of the request: it owns the seam between the engine and the
// adapters of this repository that keeps an excluded request cheap. It imports
// the exclusion rules alone.
package received

import (
	"strings"

	"github.com/samespan/samespan/core/exclude"
)

// Request is a header of a request that is read only where the exclusion rules
// have not excluded it already: what a health check costs is what it costs to
// find that out. R is httpserver.Request. The methods are called while the engine
// starts an exchange, or excludes a request, and not after.
type Request[R any] interface {
	// Excluded tells whether rules match the request.
	Excluded(rules *exclude.Rules) bool
	// Read returns the request with a header that is no Request, and without a
	// Route, a Mount, a Routing and PeerUnix.
	Read() R
	// PeerUnix tells whether the connection is one of a Unix-domain socket.
	PeerUnix() bool
}

// RawHeader is a header whose values are bytes: the engine looks at them without
// a copy.
type RawHeader interface {
	// RawValues returns every value of the header in the order received. They
	// are looked at before the next call and not kept.
	RawValues(name string) [][]byte
}

// maxWhole is the length, in bytes, of a text whose parts may keep it in memory:
// that of the longest attribute that the engine makes of what a client sends.
const maxWhole = 4096

// Own copies parts that are of one text which is longer, with its length in
// bytes, than an attribute may be: a part keeps the whole in memory until its span
// has been sent, and a client may put a megabyte beside a short path.
func Own(whole int, parts ...*string) {
	if whole <= maxWhole {
		return
	}
	for _, part := range parts {
		*part = strings.Clone(*part)
	}
}
