package ginotel_test

import "github.com/gin-gonic/gin"

// missingItemError is an error type of the application.
type missingItemError struct{ item string }

func (s *missingItemError) Error() string { return "no " + s.item }

// panickingHandler is a handler that panics with a missingItemError.
func panickingHandler(*gin.Context) { panic(&missingItemError{item: "tea"}) }
