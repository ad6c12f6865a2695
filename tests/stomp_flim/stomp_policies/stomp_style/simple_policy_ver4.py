"""Simple policy 4 as a file for STOMP: policy 3 for a window of tasks, out of order."""

from stomp import BaseSchedulingPolicy

WINDOW = 10


class SchedulingPolicy(BaseSchedulingPolicy):
    """The first task of the window whose best server is free starts."""

    def init(self, servers, stomp_stats, stomp_params):
        """Keep the servers and the places in the queue that tasks were taken from."""
        self.servers = servers
        self.places = [0] * WINDOW

    def assign_task_to_server(self, sim_time, tasks):
        """Look through the window."""
        for place, task in enumerate(tasks[:WINDOW]):
            best, earliest = None, float("inf")
            for server in self.servers:
                service_time = task.mean_service_time_dict.get(server.type)
                if service_time is None:
                    continue
                end = sim_time + service_time
                if server.busy:
                    end = server.curr_job_end_time + service_time
                if end < earliest:
                    best, earliest = server, end
            if not best.busy:
                best.assign_task(sim_time, task)
                tasks.remove(task)
                self.places[place] += 1
                return best
        return None

    def remove_task_from_server(self, sim_time, server):
        """Do nothing."""

    def output_final_stats(self, sim_time):
        """Do nothing."""
