package handlers

import (
	"cmp"
	"encoding/json"
	"io"
	"net/http"
)

// NetHTTP returns the service on an http.ServeMux. From the inside out, the mux is
// wrapped in the service's own middleware, in instrument (nil for none), and in a recovery
// middleware, as users of net/http write it.
func NetHTTP(s *Service, instrument func(http.Handler) http.Handler) http.Handler {
	mux := http.NewServeMux()
	HandleCommon(s, mux)
	registerRouting(s, mux)
	handler := Rewritten(s.Wiring.RewriteInside)(Middleware(s, mux))
	if instrument != nil {
		handler = instrument(handler)
	}
	handler = Recovered(s.Wiring.Recovery)(s.Outer(Rewritten(s.Wiring.RewriteOutside)(handler)))
	HandleBatch(s, mux, handler)
	return handler
}

// Outer is the middleware that wraps the instrumentation and starts a span.
func (s *Service) Outer(next http.Handler) http.Handler {
	if s.Wiring.Outside == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, end := s.Wiring.Outside(r.Context())
		defer end()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// Rewritten returns the middleware that rewrites requests, or one that does nothing if on
// is false.
func Rewritten(on bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		if !on {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			Rewrite(r)
			next.ServeHTTP(w, r)
		})
	}
}

// HandleBatch registers the route POST /batch, which serves its sub-requests with the
// handler of the whole service.
func HandleBatch(s *Service, mux Mux, wholeService http.Handler) {
	mux.HandleFunc("POST /batch", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		answer, err := s.Batch(r.Context(), body, InProcess(wholeService))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		writeJSON(w, http.StatusOK, answer)
	})
}

// Mux is a router that accepts patterns like an http.ServeMux, with a method
// before the path, and stores path values in the request.
type Mux interface {
	Handle(pattern string, handler http.Handler)
	HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request))
}

// HandleCommon registers the routes whose patterns are the same for every Mux.
func HandleCommon(s *Service, mux Mux) {
	registerWork(s, mux)
	registerAnswers(s, mux)
	registerContexts(s, mux)
	// This route is registered last, since some routers use the first matching route.
	if s.Wiring.Slug {
		mux.HandleFunc("GET /{slug}", func(w http.ResponseWriter, _ *http.Request) { writeText(w, http.StatusOK, SlugBody) })
	}
}

// Middleware is the service's middleware that runs between the instrumentation and the
// handlers.
func Middleware(s *Service, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, changed, err := s.Inside(r.Context(), r.URL.Path, r.Header.Get(BaggageHeader))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if changed {
			r = r.WithContext(ctx)
		}
		next.ServeHTTP(w, r)
	})
}

// Recovered returns a middleware that recovers from panics and answers with status, or
// with 500 if status is 0. Without it, net/http closes the connection without a response.
func Recovered(status int) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() {
				if value := recover(); value != nil {
					if value == any(http.ErrAbortHandler) {
						panic(value)
					}
					w.WriteHeader(cmp.Or(status, http.StatusInternalServerError))
				}
			}()
			next.ServeHTTP(w, r)
		})
	}
}

func writeText(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}

// registerWork registers GET /process/{item_id}, the excluded paths, and the routes for
// background tasks, delays, uploads, and inspection of the service.
func registerWork(s *Service, mux Mux) {
	mux.HandleFunc("GET /process/{item_id}", func(w http.ResponseWriter, r *http.Request) {
		processed, err := s.Process(r.Context(), r.Method, r.PathValue("item_id"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		writeJSON(w, http.StatusOK, processed)
	})
	probe := func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, s.Probe(r.Context())) }
	mux.HandleFunc("GET /healthz", probe)
	mux.HandleFunc("GET /metrics", probe)
	mux.HandleFunc("GET /docs", probe)
	mux.HandleFunc("GET /background", func(w http.ResponseWriter, r *http.Request) {
		status, body := s.WorkOn(r.Context())
		writeText(w, status, body)
	})
	mux.HandleFunc("GET /slow/{ms}", func(w http.ResponseWriter, r *http.Request) {
		if err := s.Slow(r.Context(), r.PathValue("ms")); err != nil {
			if r.Context().Err() != nil {
				return // The client has disconnected.
			}
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		_, _ = io.WriteString(w, "ok")
	})
	if s.Client != nil {
		registerRelay(s, mux)
	}
	mux.HandleFunc("POST /upload", func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(UploadMemory); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		answer, err := ReadUpload(r.MultipartForm)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		writeJSON(w, http.StatusOK, answer)
	})
	mux.HandleFunc("GET /observed", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, s.Observed()) })
	mux.HandleFunc("GET /writer", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, OfferedBy(w)) })
}

// registerRelay registers the route that makes outgoing calls.
func registerRelay(s *Service, mux Mux) {
	mux.HandleFunc("POST /relay", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		answer, status, err := s.Relay(r.Context(), body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		writeJSON(w, status, answer)
	})
}

// registerAnswers registers the routes for the checks of responses.
func registerAnswers(s *Service, mux Mux) {
	mux.HandleFunc("GET /status/{code}", func(w http.ResponseWriter, r *http.Request) {
		status, err := Status(r.PathValue("code"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if body := StatusBody(status); body != "" {
			writeText(w, status, body)
			return
		}
		w.WriteHeader(status)
	})
	for path, before := range map[string]func(*http.Request){
		"/described": func(r *http.Request) { s.DescribeSpan(r.Context()) },
		"/deaf":      func(*http.Request) { Deaf() },
	} {
		if path == "/described" && s.Describe == nil {
			continue
		}
		mux.HandleFunc("GET "+path+"/{code}", func(w http.ResponseWriter, r *http.Request) {
			status, err := Status(r.PathValue("code"))
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			before(r)
			if body := StatusBody(status); body != "" {
				writeText(w, status, body)
				return
			}
			w.WriteHeader(status)
		})
	}
	mux.HandleFunc("GET /late/{code}", func(w http.ResponseWriter, r *http.Request) {
		status, err := Status(r.PathValue("code"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		_ = AnswerEarly(w, r, status)
	})
	mux.HandleFunc("GET /fail/{code}", func(w http.ResponseWriter, r *http.Request) {
		status, err := Status(r.PathValue("code"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		http.Error(w, ErrFailed.Error(), status)
	})
	mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic(ErrPanic) })
	mux.Handle("GET /panic/inside", Recovered(0)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(ErrPanic) })))
	mux.HandleFunc("GET /abort", func(w http.ResponseWriter, _ *http.Request) { Abort(w) })
	mux.HandleFunc("GET /write/{kind}", func(w http.ResponseWriter, r *http.Request) {
		switch kind := r.PathValue("kind"); kind {
		case "twice":
			writeText(w, http.StatusCreated, Created)
			w.WriteHeader(http.StatusInternalServerError)
		case "partial":
			if err := WritePartial(w); err == nil {
				w.WriteHeader(http.StatusInternalServerError)
			}
		case "implicit":
			_, _ = io.WriteString(w, Implicit)
		case "nothing":
		case "custom":
			writeText(w, CustomStatus, CustomBody)
		case "flushed":
			_ = WriteFlushed(w)
		case "hijacked":
			if err := WriteHijacked(w); err == nil {
				http.Error(w, ErrFailed.Error(), http.StatusInternalServerError)
			}
		case "aborted":
			panic(http.ErrAbortHandler)
		default:
			http.Error(w, UnknownKind(kind).Error(), http.StatusBadRequest)
		}
	})
	mux.HandleFunc("GET /truncated/{kind}", func(w http.ResponseWriter, r *http.Request) {
		body, err := TruncatedBody(r.PathValue("kind"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		_ = WriteTruncated(w, body)
	})
	for path, stream := range s.Streams() {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			flusher := http.NewResponseController(w)
			_ = stream(r.Context(), func(event string) error {
				if _, err := io.WriteString(w, event); err != nil {
					return err
				}
				return flusher.Flush()
			})
		})
	}
	mux.HandleFunc("POST /held", func(w http.ResponseWriter, _ *http.Request) { writeText(w, http.StatusOK, s.LetGo()) })
	mux.HandleFunc("POST /lifecycle/{action}", func(w http.ResponseWriter, r *http.Request) {
		answer, status := s.EndTelemetry(r.Context(), r.PathValue("action"))
		writeJSON(w, status, answer)
	})
	mux.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) {
		if err := EchoBody(w, r); err != nil {
			s.Logger.Info("echo", "error", err)
		}
	})
	mux.HandleFunc("GET /file", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, s.File()) })
	mux.HandleFunc("GET /upgrade", func(w http.ResponseWriter, r *http.Request) {
		if err := Upgrade(w, r); err != nil {
			s.Logger.Info("upgrade", "error", err)
		}
	})
}

// registerContexts registers the routes for the checks of contexts.
func registerContexts(s *Service, mux Mux) {
	mux.HandleFunc("GET /context/{source}", func(w http.ResponseWriter, r *http.Request) {
		if err := s.Context(r.PathValue("source"), r.Context(), r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		_, _ = io.WriteString(w, "ok")
	})
	mux.HandleFunc("GET /after/{item_id}", func(w http.ResponseWriter, r *http.Request) {
		s.After(r.Context(), r.PathValue("item_id"))
		writeText(w, http.StatusAccepted, Accepted)
	})
	mux.HandleFunc("POST /release", func(w http.ResponseWriter, _ *http.Request) { writeText(w, http.StatusOK, s.Release()) })
	if s.Baggage != nil {
		mux.HandleFunc("GET /baggage", func(w http.ResponseWriter, r *http.Request) {
			writeJSON(w, http.StatusOK, s.Members(r.Context()))
		})
	}
}

// registerRouting registers the routes for the checks of routing.
func registerRouting(s *Service, mux *http.ServeMux) {
	users := http.NewServeMux()
	users.HandleFunc("GET /mounted/users/{user_id}", respondOK)
	mux.Handle("/mounted/", users)
	mux.HandleFunc("GET /files/{path...}", respondOK)
	mux.Handle("GET /static/", staticHandler(s))
}

// respondOK responds with the body ok.
func respondOK(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }

// staticHandler serves the files of the static directory below the path /static/.
func staticHandler(s *Service) http.Handler {
	return http.StripPrefix("/static", http.FileServer(http.Dir(s.StaticDir())))
}
