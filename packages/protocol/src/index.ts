export { PROBLEMS, Problem, type ProblemCode } from './problems.ts'
