package reference

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/samespan/samespan/conformance/internal/handlers"
)

// echoContext is the interface that the contexts of Echo's major versions have in common,
// with methods for their differences.
type echoContext interface {
	Request() *http.Request
	SetRequest(r *http.Request)
	Param(name string) string
	String(status int, body string) error
	JSON(status int, body any) error
	NoContent(status int) error
	File(path string) error
	Stream(status int, contentType string, body io.Reader) error

	// writer returns Echo's response writer, and innerWriter the writer that it wraps.
	writer() http.ResponseWriter
	innerWriter() http.ResponseWriter
	// frameworkError returns an error of the framework's own type, with the status, that
	// wraps err.
	frameworkError(status int, err error) error
}

// echoHandler is a handler that can be registered with each major version of Echo.
type echoHandler func(c echoContext) error

// echoRegistrar registers handlers with one of Echo's major versions. GET /panic/inside
// and the static directory are registered separately.
type echoRegistrar func(method, path string, handler echoHandler)

// echoInnerMiddleware is the service's middleware that runs between the instrumentation
// and the handlers.
func echoInnerMiddleware(s *Service, next echoHandler) echoHandler {
	return func(c echoContext) error {
		r := c.Request()
		ctx, changed, err := s.Inside(r.Context(), r.URL.Path, r.Header.Get(handlers.BaggageHeader))
		if err != nil {
			return c.frameworkError(http.StatusBadRequest, err)
		}
		if changed {
			c.SetRequest(r.WithContext(ctx))
		}
		return next(c)
	}
}

// echoOuterMiddleware is the middleware that wraps the instrumentation and starts a span.
func echoOuterMiddleware(s *Service, next echoHandler) echoHandler {
	return func(c echoContext) error {
		ctx, end := s.Wiring.Outside(c.Request().Context())
		defer end()
		c.SetRequest(c.Request().WithContext(ctx))
		return next(c)
	}
}

// echoRewrite is the middleware that rewrites requests before routing.
func echoRewrite(next echoHandler) echoHandler {
	return func(c echoContext) error {
		handlers.Rewrite(c.Request())
		return next(c)
	}
}

// echoRecover is a middleware that recovers from panics and responds with the configured
// status.
func echoRecover(s *Service, next echoHandler) echoHandler {
	return func(c echoContext) (err error) {
		defer func() {
			if value := recover(); value != nil {
				err = c.NoContent(s.Wiring.Recovery)
			}
		}()
		return next(c)
	}
}

// registerBatch registers the route POST /batch, which serves its sub-requests with the
// handler of the whole service.
func (add echoRegistrar) registerBatch(s *Service, wholeService http.Handler) {
	add(http.MethodPost, "/batch", func(c echoContext) error {
		body, err := io.ReadAll(c.Request().Body)
		if err != nil {
			return c.frameworkError(http.StatusBadRequest, err)
		}
		answer, err := s.Batch(c.Request().Context(), body, handlers.InProcess(wholeService))
		if err != nil {
			return c.frameworkError(http.StatusBadRequest, err)
		}
		return c.JSON(http.StatusOK, answer)
	})
}

func echoPanic(echoContext) error { panic(handlers.ErrPanic) }

func echoOK(c echoContext) error { return c.String(http.StatusOK, "ok") }

// registerAll registers all routes.
func (add echoRegistrar) registerAll(s *Service) {
	add.registerWork(s)
	add.registerResponses(s)
	add.registerUnusualWrites(s)
	add.registerContexts(s)
	add(http.MethodGet, "/files/*", echoOK)
	if s.Wiring.Slug {
		add(http.MethodGet, "/:slug", func(c echoContext) error { return c.String(http.StatusOK, handlers.SlugBody) })
	}
}

// registerWork registers the routes that do some work.
func (add echoRegistrar) registerWork(s *Service) {
	add(http.MethodGet, "/process/:item_id", func(c echoContext) error {
		processed, err := s.Process(c.Request().Context(), c.Request().Method, c.Param("item_id"))
		if err != nil {
			return c.frameworkError(http.StatusBadGateway, err)
		}
		return c.JSON(http.StatusOK, processed)
	})
	for _, path := range []string{"/healthz", "/metrics", "/docs"} {
		add(http.MethodGet, path, func(c echoContext) error { return c.String(http.StatusOK, s.Probe(c.Request().Context())) })
	}
	add(http.MethodGet, "/background", func(c echoContext) error { return c.String(s.WorkOn(c.Request().Context())) })
	add(http.MethodGet, "/slow/:ms", func(c echoContext) error {
		if err := s.Slow(c.Request().Context(), c.Param("ms")); err != nil {
			if c.Request().Context().Err() != nil {
				return nil //nolint:nilerr // the client has disconnected, so no response can be sent
			}
			return c.frameworkError(http.StatusBadRequest, err)
		}
		return c.String(http.StatusOK, "ok")
	})
	add(http.MethodPost, "/relay", func(c echoContext) error {
		body, err := io.ReadAll(c.Request().Body)
		if err != nil {
			return c.frameworkError(http.StatusBadRequest, err)
		}
		answer, status, err := s.Relay(c.Request().Context(), body)
		if err != nil {
			return c.frameworkError(http.StatusBadRequest, err)
		}
		return c.JSON(status, answer)
	})
	add(http.MethodPost, "/upload", func(c echoContext) error {
		// Use UploadMemory as the limit, because c.MultipartForm would keep up to 32 MB in
		// memory.
		if err := c.Request().ParseMultipartForm(handlers.UploadMemory); err != nil {
			return c.frameworkError(http.StatusBadRequest, err)
		}
		answer, err := handlers.ReadUpload(c.Request().MultipartForm)
		if err != nil {
			return err
		}
		return c.JSON(http.StatusOK, answer)
	})
	add(http.MethodGet, "/observed", func(c echoContext) error { return c.JSON(http.StatusOK, s.Observed()) })
	add(http.MethodPost, "/lifecycle/:action", func(c echoContext) error {
		answer, status := s.EndTelemetry(c.Request().Context(), c.Param("action"))
		return c.JSON(status, answer)
	})
}

// registerResponses registers the routes for the checks of responses.
func (add echoRegistrar) registerResponses(s *Service) {
	add(http.MethodGet, "/status/:code", func(c echoContext) error {
		status, err := handlers.Status(c.Param("code"))
		if err != nil {
			return c.String(http.StatusBadRequest, err.Error())
		}
		if handlers.StatusBody(status) == "" {
			return c.NoContent(status)
		}
		return c.String(status, handlers.StatusBody(status))
	})
	for path, before := range map[string]func(echoContext){
		"/described": func(c echoContext) { s.DescribeSpan(c.Request().Context()) },
		"/deaf":      func(echoContext) { handlers.Deaf() },
	} {
		add(http.MethodGet, path+"/:code", func(c echoContext) error {
			status, err := handlers.Status(c.Param("code"))
			if err != nil {
				return c.String(http.StatusBadRequest, err.Error())
			}
			before(c)
			if handlers.StatusBody(status) == "" {
				return c.NoContent(status)
			}
			return c.String(status, handlers.StatusBody(status))
		})
	}
	add(http.MethodGet, "/late/:code", func(c echoContext) error {
		status, err := handlers.Status(c.Param("code"))
		if err != nil {
			return c.String(http.StatusBadRequest, err.Error())
		}
		return handlers.AnswerEarly(c.writer(), c.Request(), status)
	})
	add(http.MethodGet, "/fail/:code", func(c echoContext) error {
		status, err := handlers.Status(c.Param("code"))
		if err != nil {
			return c.String(http.StatusBadRequest, err.Error())
		}
		return c.frameworkError(status, handlers.ErrFailed)
	})
	add(http.MethodGet, "/panic", echoPanic)
	add(http.MethodGet, "/abort", func(c echoContext) error {
		handlers.Abort(c.writer())
		return nil
	})
	add(http.MethodPost, "/held", func(c echoContext) error { return c.String(http.StatusOK, s.LetGo()) })
	add(http.MethodPost, "/echo", func(c echoContext) error { return handlers.EchoBody(c.writer(), c.Request()) })
	add(http.MethodGet, "/file", func(c echoContext) error { return c.File(s.File()) })
	add(http.MethodGet, "/upgrade", func(c echoContext) error { return handlers.Upgrade(c.writer(), c.Request()) })
	add(http.MethodGet, "/writer", func(c echoContext) error { return c.JSON(http.StatusOK, handlers.OfferedBy(c.innerWriter())) })
}

// registerUnusualWrites registers the routes that write in unusual ways.
func (add echoRegistrar) registerUnusualWrites(s *Service) {
	add(http.MethodGet, "/write/:kind", func(c echoContext) error {
		switch kind := c.Param("kind"); kind {
		case "twice":
			err := c.String(http.StatusCreated, handlers.Created)
			c.writer().WriteHeader(http.StatusInternalServerError)
			return err
		case "partial":
			if err := handlers.WritePartial(c.writer()); err != nil {
				return err
			}
			return handlers.ErrFailed
		case "implicit":
			_, err := io.WriteString(c.writer(), handlers.Implicit)
			return err
		case "nothing":
			return nil
		case "custom":
			return handlers.ErrCustom
		case "flushed":
			return handlers.WriteFlushed(c.writer())
		case "hijacked":
			if err := handlers.WriteHijacked(c.writer()); err != nil {
				return err
			}
			return handlers.ErrFailed
		case "aborted":
			panic(http.ErrAbortHandler)
		default:
			return c.frameworkError(http.StatusBadRequest, handlers.UnknownKind(kind))
		}
	})
	add(http.MethodGet, "/truncated/:kind", func(c echoContext) error {
		body, err := handlers.TruncatedBody(c.Param("kind"))
		if err != nil {
			return c.frameworkError(http.StatusBadRequest, err)
		}
		c.writer().Header().Set("Content-Length", strconv.Itoa(handlers.TruncatedSize))
		return c.Stream(http.StatusOK, handlers.TruncatedType, body)
	})
	for path, stream := range s.Streams() {
		add(http.MethodGet, path, func(c echoContext) error {
			w := c.writer()
			w.Header().Set("Content-Type", "text/event-stream")
			return stream(c.Request().Context(), func(event string) error {
				if _, err := io.WriteString(w, event); err != nil {
					return err
				}
				return http.NewResponseController(w).Flush()
			})
		})
	}
}

// registerContexts registers the routes for the checks of contexts.
func (add echoRegistrar) registerContexts(s *Service) {
	ctx := func(c echoContext) context.Context { return c.Request().Context() }
	add(http.MethodGet, "/context/:source", func(c echoContext) error {
		if err := s.Context(c.Param("source"), ctx(c), ctx(c)); err != nil {
			return c.frameworkError(http.StatusBadRequest, err)
		}
		return c.String(http.StatusOK, "ok")
	})
	add(http.MethodGet, "/after/:item_id", func(c echoContext) error {
		s.After(ctx(c), c.Param("item_id"))
		return c.String(http.StatusAccepted, handlers.Accepted)
	})
	add(http.MethodPost, "/release", func(c echoContext) error { return c.String(http.StatusOK, s.Release()) })
	add(http.MethodGet, "/baggage", func(c echoContext) error { return c.JSON(http.StatusOK, s.Members(ctx(c))) })
}

// echoHandleError is the service's own error handler. committed is set if the response
// was started, and fallback calls Echo's handler.
func echoHandleError(s *Service, c echoContext, err error, committed bool, fallback func(error)) {
	s.HandledError()
	if errors.Is(err, handlers.ErrCustom) && !committed {
		err = c.String(handlers.CustomStatus, handlers.CustomBody)
	}
	if err != nil {
		fallback(err)
	}
}
