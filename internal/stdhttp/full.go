package stdhttp

import "net/http"

// Full is the recorder for a writer that implements exactly http.Flusher, http.Hijacker and
// http.CloseNotifier, like the writers of some frameworks. [Record] would allocate one. To
// avoid that allocation, an adapter's own writer embeds a Full, and calls [Full.Init] before
// it uses it.
type Full struct{ withFHC }

// Init initializes w, which wraps inner, for the response to r. w must not be copied
// afterwards.
func (w *Full) Init(inner http.ResponseWriter, r *http.Request) {
	w.init(inner, r)
	w.sentState.init(r)
}
