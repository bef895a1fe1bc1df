package prometheus

// MaxScrapes is how many scrapes are answered at the same time.
const MaxScrapes = maxScrapes
