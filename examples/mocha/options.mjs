import { configure } from 'wiretape/mocha'

// Servers of this machine are recorded only if they are named.
configure({ hosts: ['127.0.0.1'] })
