package stdhttp

import "net/http"

// Full is a writer of [Record] over one that is known to be a Flusher, a
// Hijacker and a CloseNotifier and nothing more, as the writers of some
// frameworks are. It is a value, so that an adapter's own writer can hold it
// without an allocation. [Full.Init] must be called before it is used.
type Full struct{ withFHC }

// Init makes w a writer over below, for the answer to r. w must not be copied
// afterwards.
func (w *Full) Init(below http.ResponseWriter, r *http.Request) {
	w.init(below, r)
	w.wire.start(r)
}
